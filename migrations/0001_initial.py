from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.status import ImportMode, InvalidRowPolicy, UploadStage, UploadStatus
from models.tenancy import Role
from sanitizer_lambda.contract.codes import RowErrorCode
from sanitizer_lambda.contract.columns import AreaUnit, DurationUnit, SuiteType, TemplateKind
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Organization',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=200)),
            ],
            options={'table': 'organization', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A tenant; nothing is shared between two.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProjectProfile',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_index=True, db_constraint=True, to_field='id', related_name='projects', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=200)),
            ],
            options={'table': 'project_profile', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A building project of one organization; templates belong to it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UserAccount',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('email', fields.CharField(unique=True, max_length=320)),
                ('name', fields.CharField(max_length=200)),
            ],
            options={'table': 'user_account', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A person; ``email`` is in lower case and is the `sub` of a token.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Membership',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.UserAccount', source_field='user_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.CASCADE)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_index=True, db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.CASCADE)),
                ('role', fields.CharEnumField(description='VIEWER: VIEWER\nEDITOR: EDITOR\nOWNER: OWNER', enum_type=Role, max_length=16)),
            ],
            options={'table': 'membership', 'app': 'models', 'unique_together': (('user', 'organization'),), 'pk_attr': 'id', 'table_description': 'A person in an organization, in one role.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UploadedTemplateFile',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='uploads', on_delete=OnDelete.CASCADE)),
                ('project', fields.ForeignKeyField('models.ProjectProfile', source_field='project_id', db_constraint=True, to_field='id', related_name='uploads', on_delete=OnDelete.CASCADE)),
                ('s3_key_quarantine', fields.CharField(unique=True, max_length=500)),
                ('s3_key_final', fields.CharField(null=True, unique=True, max_length=500)),
                ('status', fields.CharEnumField(description='PENDING: pending\nSANITIZING: sanitizing\nPROCESSED: processed\nFAILED: failed', enum_type=UploadStatus, max_length=16)),
                ('uploaded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('uploaded_by', fields.ForeignKeyField('models.UserAccount', source_field='uploaded_by_id', null=True, db_constraint=True, to_field='id', related_name='uploads', on_delete=OnDelete.SET_NULL)),
                ('parent', fields.ForeignKeyField('models.UploadedTemplateFile', source_field='parent_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.SET_NULL)),
                ('filename', fields.CharField(max_length=255)),
                ('size_bytes', fields.BigIntField()),
                ('sha256', fields.CharField(null=True, max_length=64)),
                ('kind', fields.CharEnumField(null=True, description='SUITE_TEMPLATES: SUITE_TEMPLATES\nPHASE_TEMPLATES: PHASE_TEMPLATES\nSUITES_WITH_PHASES: SUITES_WITH_PHASES', enum_type=TemplateKind, max_length=32)),
                ('mode', fields.CharEnumField(description='UPSERT: UPSERT\nCREATE_ONLY: CREATE_ONLY\nUPDATE_ONLY: UPDATE_ONLY', enum_type=ImportMode, max_length=16)),
                ('invalid_rows', fields.CharEnumField(description='REJECT_FILE: REJECT_FILE\nREJECT_ROWS: REJECT_ROWS', enum_type=InvalidRowPolicy, max_length=16)),
                ('dry_run', fields.BooleanField()),
                ('request', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('idempotency_key', fields.CharField(null=True, max_length=128)),
                ('request_digest', fields.CharField(max_length=64)),
                ('stage', fields.CharEnumField(description='AWAITING_FILE: AWAITING_FILE\nRECEIVED: RECEIVED\nREADING: READING\nCLEANING: CLEANING\nQUEUED: QUEUED\nCHECKING: CHECKING\nIMPORTING: IMPORTING\nPLANNED: PLANNED\nDONE: DONE', enum_type=UploadStage, max_length=32)),
                ('sequence', fields.BigIntField()),
                ('deadline_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('source_version', fields.CharField(null=True, max_length=1024)),
                ('report', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('lease_owner', fields.CharField(null=True, max_length=64)),
                ('lease_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempt', fields.IntField()),
                ('rows_read', fields.BigIntField()),
                ('rows_created', fields.BigIntField()),
                ('rows_updated', fields.BigIntField()),
                ('rows_unchanged', fields.BigIntField()),
                ('rows_rejected', fields.BigIntField()),
                ('row_error_counts', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('failure_code', fields.CharField(null=True, max_length=64)),
                ('failure_message', fields.TextField(null=True, unique=False)),
                ('failure_retryable', fields.BooleanField(null=True)),
            ],
            options={'table': 'uploaded_template_file', 'app': 'models', 'unique_together': (('uploaded_by', 'project', 'idempotency_key'),), 'indexes': [Index(fields=['project_id', 'uploaded_at', 'id']), Index(fields=['status', 'deadline_at']), Index(fields=['stage', 'lease_until']), Index(fields=['organization_id', 'stage'])], 'pk_attr': 'id', 'table_description': 'One attempt to bring a file in; terminal is final, a retry is a new upload with this one as its ``parent``.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RowError',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('upload', fields.ForeignKeyField('models.UploadedTemplateFile', source_field='upload_id', db_constraint=True, to_field='id', related_name='row_errors', on_delete=OnDelete.CASCADE)),
                ('code', fields.CharEnumField(description='FIELD_COUNT: FIELD_COUNT\nUNCLOSED_QUOTE: UNCLOSED_QUOTE\nUNDECODABLE_BYTES: UNDECODABLE_BYTES\nREQUIRED: REQUIRED\nNOT_A_NUMBER: NOT_A_NUMBER\nNOT_A_BOOLEAN: NOT_A_BOOLEAN\nNOT_A_CHOICE: NOT_A_CHOICE\nAMBIGUOUS_VALUE: AMBIGUOUS_VALUE\nOUT_OF_RANGE: OUT_OF_RANGE\nTOO_LONG: TOO_LONG\nPATTERN: PATTERN\nDUPLICATE_IN_FILE: DUPLICATE_IN_FILE\nEXISTS_ALREADY: EXISTS_ALREADY\nNOT_FOUND_FOR_UPDATE: NOT_FOUND_FOR_UPDATE\nUNKNOWN_REFERENCE: UNKNOWN_REFERENCE\nSELF_REFERENCE: SELF_REFERENCE\nCYCLE: CYCLE\nSEQUENCE_CONFLICT: SEQUENCE_CONFLICT\nMILESTONE_DURATION: MILESTONE_DURATION\nBAD_DEPENDENCY: BAD_DEPENDENCY\nCURRENCY_MISMATCH: CURRENCY_MISMATCH', enum_type=RowErrorCode, max_length=32)),
                ('line', fields.BigIntField()),
                ('record', fields.BigIntField(null=True)),
                ('column', fields.CharField(null=True, max_length=64)),
                ('header', fields.TextField(null=True, unique=False)),
                ('value', fields.TextField(null=True, unique=False)),
                ('message', fields.TextField(unique=False)),
                ('hint', fields.TextField(null=True, unique=False)),
                ('related_line', fields.BigIntField(null=True)),
            ],
            options={'table': 'row_error', 'app': 'models', 'indexes': [Index(fields=['upload_id', 'id'])], 'pk_attr': 'id', 'table_description': "Why one row of an upload was refused; ``line`` is physical in the user's own file, from 1."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SuiteTemplate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_index=True, db_constraint=True, to_field='id', related_name='suite_templates', on_delete=OnDelete.CASCADE)),
                ('project', fields.ForeignKeyField('models.ProjectProfile', source_field='project_id', db_constraint=True, to_field='id', related_name='suite_templates', on_delete=OnDelete.CASCADE)),
                ('code', fields.CharField(max_length=64)),
                ('code_key', fields.CharField(max_length=200)),
                ('name', fields.CharField(max_length=200)),
                ('description', fields.TextField(null=True, unique=False)),
                ('suite_type', fields.CharEnumField(null=True, description='STUDIO: STUDIO\nLOFT: LOFT\nAPARTMENT: APARTMENT\nTOWNHOUSE: TOWNHOUSE\nPENTHOUSE: PENTHOUSE\nDUPLEX: DUPLEX\nCOMMERCIAL: COMMERCIAL\nOTHER: OTHER', enum_type=SuiteType, max_length=16)),
                ('bedrooms', fields.IntField(null=True)),
                ('bathrooms', fields.DecimalField(null=True, max_digits=3, decimal_places=1)),
                ('has_den', fields.BooleanField(null=True)),
                ('area', fields.DecimalField(null=True, max_digits=12, decimal_places=4)),
                ('area_unit', fields.CharEnumField(null=True, description='SQM: SQM\nSQFT: SQFT', enum_type=AreaUnit, max_length=8)),
                ('balcony_area', fields.DecimalField(null=True, max_digits=12, decimal_places=4)),
                ('base_price', fields.DecimalField(null=True, max_digits=18, decimal_places=2)),
                ('currency', fields.CharField(null=True, max_length=3)),
                ('floor_from', fields.IntField(null=True)),
                ('floor_to', fields.IntField(null=True)),
                ('quantity', fields.IntField(null=True)),
                ('external_id', fields.CharField(null=True, max_length=64)),
                ('is_active', fields.BooleanField()),
                ('tags', ArrayField(element_type='TEXT')),
                ('set_by', fields.ForeignKeyField('models.UploadedTemplateFile', source_field='set_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='suite_templates', on_delete=OnDelete.SET_NULL)),
                ('set_by_line', fields.BigIntField(null=True)),
                ('set_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'suite_template', 'app': 'models', 'unique_together': (('project', 'code_key'), ('project', 'external_id')), 'pk_attr': 'id', 'table_description': 'A type of unit in a project; its key is (project, folded code).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PhaseTemplate',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_index=True, db_constraint=True, to_field='id', related_name='phase_templates', on_delete=OnDelete.CASCADE)),
                ('project', fields.ForeignKeyField('models.ProjectProfile', source_field='project_id', db_constraint=True, to_field='id', related_name='phase_templates', on_delete=OnDelete.CASCADE)),
                ('suite', fields.ForeignKeyField('models.SuiteTemplate', source_field='suite_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='phases', on_delete=OnDelete.CASCADE)),
                ('suite_key', fields.CharField(max_length=200)),
                ('code', fields.CharField(max_length=64)),
                ('code_key', fields.CharField(max_length=200)),
                ('name', fields.CharField(max_length=200)),
                ('sequence', fields.IntField()),
                ('parent_key', fields.CharField(null=True, max_length=200)),
                ('duration_days', fields.DecimalField(max_digits=8, decimal_places=2)),
                ('duration_unit', fields.CharEnumField(description='WORKDAYS: WORKDAYS\nCALENDAR_DAYS: CALENDAR_DAYS', enum_type=DurationUnit, max_length=16)),
                ('is_milestone', fields.BooleanField()),
                ('predecessors', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('trade', fields.CharField(null=True, max_length=120)),
                ('weight_pct', fields.DecimalField(null=True, max_digits=5, decimal_places=2)),
                ('description', fields.TextField(null=True, unique=False)),
                ('external_id', fields.CharField(null=True, max_length=64)),
                ('is_active', fields.BooleanField()),
                ('color', fields.CharField(null=True, max_length=7)),
                ('set_by', fields.ForeignKeyField('models.UploadedTemplateFile', source_field='set_by_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='phase_templates', on_delete=OnDelete.SET_NULL)),
                ('set_by_line', fields.BigIntField(null=True)),
                ('set_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'phase_template', 'app': 'models', 'unique_together': (('project', 'suite_key', 'code_key'), ('project', 'external_id')), 'pk_attr': 'id', 'table_description': "A step of the work; its key is (project, its suite's folded code or blank, folded code)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UploadEvent',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('upload', fields.ForeignKeyField('models.UploadedTemplateFile', source_field='upload_id', db_constraint=True, to_field='id', related_name='events', on_delete=OnDelete.CASCADE)),
                ('sequence', fields.BigIntField()),
                ('status', fields.CharEnumField(description='PENDING: pending\nSANITIZING: sanitizing\nPROCESSED: processed\nFAILED: failed', enum_type=UploadStatus, max_length=16)),
                ('stage', fields.CharEnumField(description='AWAITING_FILE: AWAITING_FILE\nRECEIVED: RECEIVED\nREADING: READING\nCLEANING: CLEANING\nQUEUED: QUEUED\nCHECKING: CHECKING\nIMPORTING: IMPORTING\nPLANNED: PLANNED\nDONE: DONE', enum_type=UploadStage, max_length=32)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'upload_event', 'app': 'models', 'unique_together': (('upload', 'sequence'),), 'pk_attr': 'id', 'table_description': 'One step an upload made; the steps of an upload are numbered 1, 2, 3, ... without a gap.'},
            bases=['Model'],
        ),
        # Deferrable, so that one import may exchange the places of two phases; Tortoise has no word for it.
        ops.RunSQL(
            """
            ALTER TABLE phase_template ADD CONSTRAINT phase_template_sequence
            UNIQUE (project_id, suite_key, sequence) DEFERRABLE INITIALLY DEFERRED
            """,
            reverse_sql="ALTER TABLE phase_template DROP CONSTRAINT phase_template_sequence",
        ),
    ]
