from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='rate',
            field=models.FloatField(help_text='Units per second over the last seconds', null=True),
        ),
    ]
