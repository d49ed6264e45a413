import django.db.models.deletion
from django.db import migrations, models


def move_ingests(apps, schema_editor):
    """Ingests that wait go to the queue of their own. Code from before this migration asks for no queue."""
    jobs = apps.get_model("jobs", "Job").objects.using(schema_editor.connection.alias)
    jobs.filter(kind="ingest", state__in=("queued", "running")).update(queue="ingest")


class Migration(migrations.Migration):
    """Defaults are kept in the database, so that code from before it goes on beside it."""

    dependencies = [
        ('jobs', '0002_job_rate'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='queue',
            field=models.CharField(db_default='default', default='default', max_length=20),
        ),
        migrations.AddField(
            model_name='job',
            name='priority',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='woken_at',
            field=models.BigIntegerField(db_default=0, default=0, help_text='When workers were last told of it; 0: never'),
        ),
        migrations.AddField(
            model_name='job',
            name='leased_at',
            field=models.BigIntegerField(db_default=0, default=0, help_text='When a worker last took it or gave it back; 0: never'),
        ),
        migrations.CreateModel(
            name='JobAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('at', models.BigIntegerField()),
                ('worker', models.CharField(max_length=80)),
                ('reason', models.TextField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='failed_attempts', to='jobs.job')),
            ],
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['state', 'queue', 'organisation', '-priority', 'id'], name='job_turn'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['organisation', 'queue', '-leased_at'], name='job_served'),
        ),
        migrations.RunPython(move_ingests, migrations.RunPython.noop, elidable=True),
    ]
