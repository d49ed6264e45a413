"""From here on the database itself refuses to change or remove an entry."""

from django.db import migrations

from stack.audit.append_only import CREATE_TRIGGERS, DROP_TRIGGERS


def create_triggers(apps, schema_editor):
    for statement in CREATE_TRIGGERS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_triggers(apps, schema_editor):
    for statement in DROP_TRIGGERS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(create_triggers, drop_triggers)]
