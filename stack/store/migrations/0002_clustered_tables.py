"""Creates `store_key` and `store_edge`, whose storage each database is told in its own words."""

from django.db import migrations

from stack.store.dialects.choice import dialect_of


def create_tables(apps, schema_editor):
    for statement in dialect_of(schema_editor.connection.vendor).CREATE_TABLES:
        schema_editor.execute(statement)


def drop_tables(apps, schema_editor):
    schema_editor.execute("DROP TABLE store_edge")
    schema_editor.execute("DROP TABLE store_key")


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]
    operations = [migrations.RunPython(create_tables, drop_tables)]
