"""What PostgreSQL needs for several writers: claims, and row ids from sequences (docs/decisions/0010).

A sequence that is behind its table is set when ids are first taken from it (`store/dialects/postgresql.py`). Texts
are compressed by lz4 where the server has it: it takes a fraction of the time of the server's own way.
"""

from django.db import migrations


def prepare_postgresql(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE UNLOGGED TABLE store_claim (uuid BYTEA PRIMARY KEY)")
    for table in ("store_object", "store_version"):
        schema_editor.execute(f"CREATE SEQUENCE {table}_ids")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'")
        if cursor.fetchone()[0]:
            cursor.execute("ALTER TABLE store_text ALTER COLUMN body SET COMPRESSION lz4")


def restore_postgresql(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("ALTER TABLE store_text ALTER COLUMN body SET COMPRESSION default")
    for table in ("store_object", "store_version"):
        schema_editor.execute(f"DROP SEQUENCE {table}_ids")
    schema_editor.execute("DROP TABLE store_claim")


class Migration(migrations.Migration):
    dependencies = [("store", "0004_faces")]
    operations = [migrations.RunPython(prepare_postgresql, restore_postgresql)]
