import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Files that are kept sealed, beginning with what is uploaded (stack/store/artifacts)."""

    dependencies = [
        ("accounts", "0006_disabled_as"),
        ("jobs", "0003_queues_and_attempts"),
        ("store", "0005_several_writers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Artifact",
            fields=[
                (
                    "name",
                    models.CharField(
                        help_text="Random: it says nothing of the file",
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("sealed_key", models.TextField(help_text="Empty once the file goes away")),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("size", models.BigIntegerField(null=True)),
                ("created_at", models.BigIntegerField()),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
    ]
