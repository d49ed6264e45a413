from django.db import migrations, models


class Migration(migrations.Migration):
    """A job continues the trace of what queued it."""

    dependencies = [
        ('jobs', '0003_queues_and_attempts'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='traceparent',
            field=models.CharField(blank=True, db_default='', default='', help_text='The trace of what queued it, if any', max_length=55),
        ),
    ]
