from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="IndexLease",
            fields=[
                ("index", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("holder", models.CharField(default="", max_length=40)),
                ("until", models.BigIntegerField(default=0)),
            ],
        ),
    ]
