"""Creates `store_entry` and `store_pick`, whose storage each database is told in its own words."""

from django.db import migrations, models

from stack.store.dialects.choice import dialect_of


def create_entries(apps, schema_editor):
    for statement in dialect_of(schema_editor.connection.vendor).CREATE_ENTRIES:
        schema_editor.execute(statement)


def drop_entries(apps, schema_editor):
    schema_editor.execute("DROP TABLE store_pick")
    schema_editor.execute("DROP TABLE store_entry")


class Migration(migrations.Migration):
    dependencies = [("store", "0006_artifacts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create_entries, drop_entries)],
            state_operations=[
                migrations.CreateModel(
                    name="Entry",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "selection_id",
                                "added_at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("selection_id", models.BigIntegerField()),
                        ("added_at", models.BigIntegerField()),
                        ("face_id", models.BigIntegerField()),
                        ("version_id", models.BigIntegerField()),
                        ("audience_id", models.BigIntegerField()),
                        ("type", models.CharField(max_length=250)),
                        ("version", models.BigIntegerField()),
                        ("is_last", models.PositiveSmallIntegerField()),
                        ("is_first", models.PositiveSmallIntegerField()),
                        ("is_withheld", models.PositiveSmallIntegerField()),
                        ("removed_at", models.BigIntegerField(null=True)),
                    ],
                    options={"db_table": "store_entry"},
                ),
                migrations.CreateModel(
                    name="Pick",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "selection_id",
                                "uuid",
                                "type",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("selection_id", models.BigIntegerField()),
                        ("uuid", models.BinaryField(max_length=16)),
                        ("type", models.CharField(max_length=250)),
                        ("is_member", models.PositiveSmallIntegerField()),
                        ("picked_at", models.BigIntegerField()),
                    ],
                    options={"db_table": "store_pick"},
                ),
            ],
        ),
    ]
