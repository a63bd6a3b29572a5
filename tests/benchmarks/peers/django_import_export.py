# It runs in an environment of its own, whose packages are not in ours.
# mypy: ignore-errors
# ruff: noqa: DJ001 - columns as ours, where nothing is null
"""The same import by django-import-export, tuned: ``python django_import_export.py FILE ROUNDS``.

Prints the seconds of each round as JSON. The first finds an empty table, the others all rows as they are. Tuned means:
bulk statements, no comparison for display, records found by one query instead of one a row, unchanged ones left alone.
"""

import json
import os
import sys
import time
import urllib.parse
import uuid
from pathlib import Path

import django
from django.conf import settings

_URL = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
# Rows of one statement: the package's own choice; 500 and 4,000 are no quicker.
_BATCH = 1000

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "import_export"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _URL.path.lstrip("/"),
            "USER": _URL.username,
            "PASSWORD": urllib.parse.unquote(_URL.password or ""),
            "HOST": _URL.hostname,
            "PORT": _URL.port,
        }
    },
    USE_TZ=True,
)
django.setup()

from django.contrib.postgres.fields import ArrayField  # noqa: E402 - Django's models need its settings
from django.db import connection, models  # noqa: E402 - same
from import_export import fields, resources, widgets  # noqa: E402 - same
from import_export.instance_loaders import CachedInstanceLoader  # noqa: E402 - same
from tablib import Dataset  # noqa: E402 - after Django, as the others

PROJECT, ORGANIZATION = uuid.uuid4(), uuid.uuid4()


class Suite(models.Model):
    """A suite template with the columns and indexes of ours."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization_id = models.UUIDField(default=ORGANIZATION)
    project_id = models.UUIDField(default=PROJECT)
    code = models.CharField(max_length=64)
    code_key = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    description = models.TextField(null=True)
    suite_type = models.CharField(max_length=16, null=True)
    bedrooms = models.IntegerField(null=True)
    bathrooms = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    has_den = models.BooleanField(null=True)
    area = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    area_unit = models.CharField(max_length=8, null=True)
    balcony_area = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    base_price = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, null=True)
    floor_from = models.IntegerField(null=True)
    floor_to = models.IntegerField(null=True)
    quantity = models.IntegerField(null=True)
    external_id = models.CharField(max_length=64, null=True)
    is_active = models.BooleanField()
    tags = ArrayField(models.TextField())

    class Meta:
        """Table."""

        app_label = "peers"
        db_table = "peer_suite"
        constraints = (
            models.UniqueConstraint(fields=["project_id", "code_key"], name="peer_suite_key"),
            models.UniqueConstraint(
                fields=["project_id", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="peer_suite_external_id",
            ),
        )

    def __str__(self) -> str:
        """Return the code."""
        return self.code


class YesNo(widgets.BooleanWidget):
    """Reads yes and no."""

    TRUE_VALUES = (*widgets.BooleanWidget.TRUE_VALUES, "yes")
    FALSE_VALUES = (*widgets.BooleanWidget.FALSE_VALUES, "no")


class SuiteResource(resources.ModelResource):
    """How a file becomes suites."""

    has_den = fields.Field("has_den", "has_den", YesNo())
    is_active = fields.Field("is_active", "is_active", YesNo())
    tags = fields.Field("tags", "tags", widgets.SimpleArrayWidget(";"))

    class Meta:
        """Tuned."""

        model = Suite
        exclude = ("id", "organization_id", "project_id")
        import_id_fields = ("code_key",)
        instance_loader_class = CachedInstanceLoader
        use_bulk = True
        batch_size = _BATCH
        skip_unchanged = True
        skip_diff = True
        skip_html_diff = True
        store_instance = False
        force_init_instance = False


def main() -> None:
    """Import as often as wanted, and print."""
    with connection.schema_editor() as editor:
        editor.create_model(Suite)
    text, seconds = Path(sys.argv[1]).read_text(encoding="utf-8"), []
    for _ in range(int(sys.argv[2])):
        begin = time.perf_counter()
        data = Dataset().load(text, format="csv")
        data.append_col([code.casefold() for code in data["code"]], header="code_key")
        SuiteResource().import_data(data, raise_errors=True, use_transactions=True)
        seconds.append(time.perf_counter() - begin)
    assert Suite.objects.count() == len(data)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
