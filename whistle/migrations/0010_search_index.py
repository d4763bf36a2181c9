"""The index of grams, in a transaction of its own: built at once over the rows that are there."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("whistle", "0009_search")]

    operations = [
        migrations.AddIndex(
            model_name="casesearch",
            index=django.contrib.postgres.indexes.GinIndex(fields=["grams"], name="case_search"),
        ),
    ]
