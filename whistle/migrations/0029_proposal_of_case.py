"""A case may be what a proposal of a compound's branch became."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communities', '0005_powers'),
        ('whistle', '0028_compound_of_case'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='proposal',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='communities.powerrecord', verbose_name='proposal'),
        ),
    ]
