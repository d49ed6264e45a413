"""Creates `store_key` and `store_edge`, whose storage each database is told in its own words."""

from django.db import migrations, models

from stack.store.dialects.choice import dialect_of


def create_tables(apps, schema_editor):
    for statement in dialect_of(schema_editor.connection.vendor).CREATE_TABLES:
        schema_editor.execute(statement)


def drop_tables(apps, schema_editor):
    schema_editor.execute("DROP TABLE store_edge")
    schema_editor.execute("DROP TABLE store_key")


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create_tables, drop_tables)],
            state_operations=[
                migrations.CreateModel(
                    name='Edge',
                    fields=[
                        ('pk', models.CompositePrimaryKey('from_id', 'kind_id', 'to_id', 'via_id', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('from_id', models.BigIntegerField()),
                        ('kind_id', models.IntegerField()),
                        ('to_id', models.BigIntegerField()),
                        ('via_id', models.BigIntegerField()),
                    ],
                    options={
                        'db_table': 'store_edge',
                    },
                ),
                migrations.CreateModel(
                    name='Key',
                    fields=[
                        ('pk', models.CompositePrimaryKey('value', 'kind', 'object_id', 'role', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('value', models.CharField(max_length=512)),
                        ('kind', models.PositiveSmallIntegerField()),
                        ('object_id', models.BigIntegerField()),
                        ('role', models.PositiveSmallIntegerField()),
                    ],
                    options={
                        'db_table': 'store_key',
                    },
                ),
            ],
        ),
    ]
