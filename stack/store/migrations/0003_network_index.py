"""An index of the networks among the keys by the length of their prefix, for look-ups of addresses.

Both databases take the same words: without the digits and separators before it, `/24` is left of a network.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("store", "0002_clustered_tables")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX store_key_network ON store_key (ltrim(value, '0123456789abcdef.:')) WHERE kind = 3",
            "DROP INDEX store_key_network",
        ),
    ]
