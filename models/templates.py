"""What was imported. The columns are those of the contract; keys are folded so that case and width do not matter.

Owner and upload have no foreign keys: three of them take two thirds of the time of a large import, to look the same
three rows up for each record. An import locks those rows once instead, and triggers of the migrations take a deleted
project's templates along. ``created_by_id`` is the change set that made a record; ``revision`` counts its versions, by
a trigger, so that an edit by whatever program shows.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from sanitizer_lambda.contract import AreaUnit, DurationUnit, SuiteType

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from models.tenancy import Organization, ProjectProfile
    from models.upload import UploadedTemplateFile

CODE_CHARS = 64
# NFKC and casefold may lengthen a text, one character up to 18 times. A key of two such columns must fit the third of a
# page that a B-tree allows, so a code that grows past this is refused as too long.
KEY_CHARS = 200

# The `suite_key` of phases that belong to every suite.
EVERY_SUITE = ""


def fold_code(code: str) -> str:
    """Return the form under which two codes are the same (DOMAIN.md): casefold of NFKC."""
    return unicodedata.normalize("NFKC", code).casefold()


class SuiteTemplate(Model):
    """A type of unit in a project; its key is (project, folded code)."""

    id = fields.UUIDField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="suite_templates", on_delete=fields.CASCADE, db_constraint=False
    )
    project: fields.ForeignKeyRelation[ProjectProfile] = fields.ForeignKeyField(
        "models.ProjectProfile", related_name="suite_templates", on_delete=fields.CASCADE, db_constraint=False
    )
    code = fields.CharField(max_length=CODE_CHARS)
    code_key = fields.CharField(max_length=KEY_CHARS)
    name = fields.CharField(max_length=200)
    description = fields.TextField(null=True)
    suite_type = fields.CharEnumField(SuiteType, max_length=16, null=True)
    bedrooms = fields.IntField(null=True)
    bathrooms = fields.DecimalField(max_digits=3, decimal_places=1, null=True)
    has_den = fields.BooleanField(null=True)
    area = fields.DecimalField(max_digits=12, decimal_places=4, null=True)
    area_unit = fields.CharEnumField(AreaUnit, max_length=8, null=True)
    balcony_area = fields.DecimalField(max_digits=12, decimal_places=4, null=True)
    base_price = fields.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = fields.CharField(max_length=3, null=True)
    floor_from = fields.IntField(null=True)
    floor_to = fields.IntField(null=True)
    quantity = fields.IntField(null=True)
    external_id = fields.CharField(max_length=64, null=True)
    is_active = fields.BooleanField()
    tags: fields.Field[list[str]] = ArrayField(element_type="text")

    set_by: fields.ForeignKeyNullableRelation[UploadedTemplateFile] = fields.ForeignKeyField(
        "models.UploadedTemplateFile",
        related_name="suite_templates",
        on_delete=fields.SET_NULL,
        null=True,
        db_constraint=False,
    )
    set_by_line = fields.BigIntField(null=True)
    set_at: fields.Field[datetime] = fields.DatetimeField()
    created_by_id = fields.UUIDField(null=True)
    created_line = fields.BigIntField(null=True)
    revision = fields.IntField(db_default=1)

    if TYPE_CHECKING:
        organization_id: UUID
        project_id: UUID
        set_by_id: UUID | None

    class Meta:
        """Table; the migrations add a unique (project, external_id) where it is set, which Tortoise cannot say."""

        table = "suite_template"
        unique_together = (("project", "code_key"),)


class PhaseTemplate(Model):
    """A step of the work; its key is (project, its suite's folded code or blank, folded code).

    ``predecessors`` is a list of ``{"suite_key", "code_key", "type", "lag_days"}``: natural keys, as a record's key
    never changes; ``lag_days`` is a decimal as text.
    """

    id = fields.UUIDField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="phase_templates", on_delete=fields.CASCADE, db_constraint=False
    )
    project: fields.ForeignKeyRelation[ProjectProfile] = fields.ForeignKeyField(
        "models.ProjectProfile", related_name="phase_templates", on_delete=fields.CASCADE, db_constraint=False
    )
    suite: fields.ForeignKeyNullableRelation[SuiteTemplate] = fields.ForeignKeyField(
        "models.SuiteTemplate", related_name="phases", on_delete=fields.CASCADE, null=True, db_index=True
    )
    suite_key = fields.CharField(max_length=KEY_CHARS)
    code = fields.CharField(max_length=CODE_CHARS)
    code_key = fields.CharField(max_length=KEY_CHARS)
    name = fields.CharField(max_length=200)
    sequence = fields.IntField()
    parent_key = fields.CharField(max_length=KEY_CHARS, null=True)
    duration_days = fields.DecimalField(max_digits=8, decimal_places=2)
    duration_unit = fields.CharEnumField(DurationUnit, max_length=16)
    is_milestone = fields.BooleanField()
    predecessors: fields.Field[list[dict[str, Any]]] = fields.JSONField()
    trade = fields.CharField(max_length=120, null=True)
    weight_pct = fields.DecimalField(max_digits=5, decimal_places=2, null=True)
    description = fields.TextField(null=True)
    external_id = fields.CharField(max_length=64, null=True)
    is_active = fields.BooleanField()
    color = fields.CharField(max_length=7, null=True)

    set_by: fields.ForeignKeyNullableRelation[UploadedTemplateFile] = fields.ForeignKeyField(
        "models.UploadedTemplateFile",
        related_name="phase_templates",
        on_delete=fields.SET_NULL,
        null=True,
        db_constraint=False,
    )
    set_by_line = fields.BigIntField(null=True)
    set_at: fields.Field[datetime] = fields.DatetimeField()
    created_by_id = fields.UUIDField(null=True)
    created_line = fields.BigIntField(null=True)
    revision = fields.IntField(db_default=1)

    if TYPE_CHECKING:
        organization_id: UUID
        project_id: UUID
        suite_id: UUID | None
        set_by_id: UUID | None

    class Meta:
        """Table; as for suites, and a deferrable unique (project, suite_key, sequence)."""

        table = "phase_template"
        unique_together = (("project", "suite_key", "code_key"),)
