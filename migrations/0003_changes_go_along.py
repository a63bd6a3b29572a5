from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [('models', '0002_change_sets')]

    initial = False

    operations = [
        # Images have no foreign key to their change set, as an import writes one row for each record it changes; without
        # this they would stay when a project, and with it all that is known of it, is deleted.
        ops.RunSQL(
            """
            CREATE FUNCTION change_set_gone() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                DELETE FROM record_change WHERE change_set_id = OLD.id;
                RETURN NULL;
            END $$;
            CREATE TRIGGER change_set_gone AFTER DELETE ON change_set
            FOR EACH ROW EXECUTE FUNCTION change_set_gone()
            """,
            reverse_sql="DROP TRIGGER change_set_gone ON change_set; DROP FUNCTION change_set_gone",
        ),
        # Finds what an upload created that a revert has deleted, among all the images of what it created.
        ops.RunSQL(
            "CREATE INDEX record_change_deleted ON record_change (record_id) WHERE action = 'DELETE'",
            reverse_sql="DROP INDEX record_change_deleted",
        ),
    ]
