from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.changes import ChangeAction, ChangeCause
from sanitizer_lambda.contract.columns import TemplateKind
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ChangeSet',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='change_sets', on_delete=OnDelete.CASCADE)),
                ('project', fields.ForeignKeyField('models.ProjectProfile', source_field='project_id', db_constraint=True, to_field='id', related_name='change_sets', on_delete=OnDelete.CASCADE)),
                ('upload', fields.ForeignKeyField('models.UploadedTemplateFile', source_field='upload_id', db_index=True, db_constraint=True, to_field='id', related_name='change_sets', on_delete=OnDelete.CASCADE)),
                ('undoes', fields.ForeignKeyField('models.ChangeSet', source_field='undoes_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name='undone_by', on_delete=OnDelete.CASCADE)),
                ('cause', fields.CharEnumField(description='IMPORT: IMPORT\nREVERT: REVERT', enum_type=ChangeCause, max_length=16)),
                ('dry_run', fields.BooleanField()),
                ('by', fields.ForeignKeyField('models.UserAccount', source_field='by_id', null=True, db_constraint=True, to_field='id', related_name='change_sets', on_delete=OnDelete.SET_NULL)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('failure_code', fields.CharField(null=True, max_length=64)),
                ('failure_message', fields.TextField(null=True, unique=False)),
                ('created', fields.BigIntField(default=0)),
                ('updated', fields.BigIntField(default=0)),
                ('deleted', fields.BigIntField(default=0)),
                ('kept', fields.BigIntField(default=0)),
            ],
            options={'table': 'change_set', 'app': 'models', 'indexes': [Index(fields=['finished_at', 'at'])], 'pk_attr': 'id', 'table_description': 'What one import or one revert did, or with ``dry_run`` would do.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RecordChange',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('change_set_id', fields.UUIDField()),
                ('kind', fields.CharEnumField(description='SUITE_TEMPLATES: SUITE_TEMPLATES\nPHASE_TEMPLATES: PHASE_TEMPLATES\nSUITES_WITH_PHASES: SUITES_WITH_PHASES', enum_type=TemplateKind, max_length=32)),
                ('record_id', fields.UUIDField(null=True)),
                ('action', fields.CharEnumField(description='CREATE: CREATE\nUPDATE: UPDATE\nDELETE: DELETE\nKEEP: KEEP', enum_type=ChangeAction, max_length=8)),
                ('code', fields.CharField(max_length=64)),
                ('line', fields.BigIntField(null=True)),
                ('before', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('after', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('revision', fields.IntField(null=True)),
            ],
            options={'table': 'record_change', 'app': 'models', 'indexes': [Index(fields=['change_set_id', 'id']), Index(fields=['record_id', 'id'])], 'pk_attr': 'id', 'table_description': "What a change set did to one record, other than a committed import's creating it (see the module)."},
            bases=['Model'],
        ),
        ops.RemoveConstraint(
            model_name='PhaseTemplate',
            name=None,
            fields=['project', 'external_id'],
        ),
        ops.AlterField(
            model_name='PhaseTemplate',
            name='organization',
            field=fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=False, to_field='id', related_name='phase_templates', on_delete=OnDelete.CASCADE),
        ),
        ops.AlterField(
            model_name='PhaseTemplate',
            name='project',
            field=fields.ForeignKeyField('models.ProjectProfile', source_field='project_id', db_constraint=False, to_field='id', related_name='phase_templates', on_delete=OnDelete.CASCADE),
        ),
        ops.AlterField(
            model_name='PhaseTemplate',
            name='set_by',
            field=fields.ForeignKeyField('models.UploadedTemplateFile', source_field='set_by_id', null=True, db_constraint=False, to_field='id', related_name='phase_templates', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='PhaseTemplate',
            name='created_by_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='PhaseTemplate',
            name='created_line',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='PhaseTemplate',
            name='revision',
            field=fields.IntField(db_default=1),
        ),
        ops.RemoveConstraint(
            model_name='SuiteTemplate',
            name=None,
            fields=['project', 'external_id'],
        ),
        ops.AlterField(
            model_name='SuiteTemplate',
            name='organization',
            field=fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=False, to_field='id', related_name='suite_templates', on_delete=OnDelete.CASCADE),
        ),
        ops.AlterField(
            model_name='SuiteTemplate',
            name='project',
            field=fields.ForeignKeyField('models.ProjectProfile', source_field='project_id', db_constraint=False, to_field='id', related_name='suite_templates', on_delete=OnDelete.CASCADE),
        ),
        ops.AlterField(
            model_name='SuiteTemplate',
            name='set_by',
            field=fields.ForeignKeyField('models.UploadedTemplateFile', source_field='set_by_id', null=True, db_constraint=False, to_field='id', related_name='suite_templates', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='SuiteTemplate',
            name='created_by_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='SuiteTemplate',
            name='created_line',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='SuiteTemplate',
            name='revision',
            field=fields.IntField(db_default=1),
        ),
        ops.AlterField(
            model_name='UploadedTemplateFile',
            name='s3_key_final',
            field=fields.CharField(null=True, max_length=500),
        ),
        ops.AddField(
            model_name='UploadedTemplateFile',
            name='plan_hash',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='UploadedTemplateFile',
            name='rejects_bytes',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='UploadedTemplateFile',
            name='rejects_rows',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='UploadedTemplateFile',
            name='warnings',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        # An index that leaves out what is not set: most files have no external ids, and pay nothing for them.
        ops.RunSQL(
            """
            CREATE UNIQUE INDEX suite_template_external_id ON suite_template (project_id, external_id)
            WHERE external_id IS NOT NULL;
            CREATE UNIQUE INDEX phase_template_external_id ON phase_template (project_id, external_id)
            WHERE external_id IS NOT NULL
            """,
            reverse_sql="DROP INDEX suite_template_external_id; DROP INDEX phase_template_external_id",
        ),
        # A version for every change, whatever program makes it: what was edited since an import is not taken back.
        ops.RunSQL(
            """
            CREATE FUNCTION template_revised() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.revision := OLD.revision + 1;
                RETURN NEW;
            END $$;
            CREATE TRIGGER suite_template_revised BEFORE UPDATE ON suite_template
            FOR EACH ROW EXECUTE FUNCTION template_revised();
            CREATE TRIGGER phase_template_revised BEFORE UPDATE ON phase_template
            FOR EACH ROW EXECUTE FUNCTION template_revised()
            """,
            reverse_sql="""
            DROP TRIGGER suite_template_revised ON suite_template;
            DROP TRIGGER phase_template_revised ON phase_template;
            DROP FUNCTION template_revised
            """,
        ),
        # What the foreign keys did that an import can't afford (see models.templates): templates go with their project.
        # Tortoise's AlterField leaves the constraints themselves.
        ops.RunSQL(
            """
            ALTER TABLE suite_template DROP CONSTRAINT suite_template_organization_id_fkey,
                DROP CONSTRAINT suite_template_project_id_fkey, DROP CONSTRAINT suite_template_set_by_id_fkey;
            ALTER TABLE phase_template DROP CONSTRAINT phase_template_organization_id_fkey,
                DROP CONSTRAINT phase_template_project_id_fkey, DROP CONSTRAINT phase_template_set_by_id_fkey;
            CREATE FUNCTION template_owner_gone() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                DELETE FROM phase_template WHERE project_id = OLD.id;
                DELETE FROM suite_template WHERE project_id = OLD.id;
                RETURN NULL;
            END $$;
            CREATE TRIGGER project_profile_gone AFTER DELETE ON project_profile
            FOR EACH ROW EXECUTE FUNCTION template_owner_gone()
            """,
            reverse_sql="""
            DROP TRIGGER project_profile_gone ON project_profile;
            DROP FUNCTION template_owner_gone;
            ALTER TABLE suite_template
                ADD FOREIGN KEY (organization_id) REFERENCES organization ON DELETE CASCADE,
                ADD FOREIGN KEY (project_id) REFERENCES project_profile ON DELETE CASCADE,
                ADD FOREIGN KEY (set_by_id) REFERENCES uploaded_template_file ON DELETE SET NULL;
            ALTER TABLE phase_template
                ADD FOREIGN KEY (organization_id) REFERENCES organization ON DELETE CASCADE,
                ADD FOREIGN KEY (project_id) REFERENCES project_profile ON DELETE CASCADE,
                ADD FOREIGN KEY (set_by_id) REFERENCES uploaded_template_file ON DELETE SET NULL
            """,
        ),
    ]
