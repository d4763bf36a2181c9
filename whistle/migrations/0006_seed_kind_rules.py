"""The default side paths of every kind (domain.md §10). Proposals, editable; not official limits."""

import datetime

from django.db import migrations

EPOCH = datetime.datetime(2019, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
# extensions: how many, working days each, who grants the first
NONE, ENFORCEMENT, GENERAL = (0, 0, "centre"), (1, 5, "centre"), (2, 3, "centre")
SERVICE, COORDINATION, KEY = (2, 5, "centre"), (1, 5, "centre"), (1, 15, "leader")
EXTENSIONS = {
    "emergency": NONE,
    "general": GENERAL,
    "sanitation": GENERAL,
    "enforcement": ENFORCEMENT,
    "public_order": GENERAL,
    "supervision": COORDINATION,
    "service": SERVICE,
    "fallback": COORDINATION,
    "hard": KEY,
    "key": KEY,
    "coordination": COORDINATION,
}


def seed(apps, schema_editor):
    kinds, rules = apps.get_model("whistle", "Kind"), apps.get_model("whistle", "KindRule")
    for kind in kinds.objects.order_by("position"):
        count, days, first_by = EXTENSIONS.get(kind.code, NONE if kind.is_emergency else GENERAL)
        rules.objects.bulk_create(
            rules(
                kind=kind,
                tier=tier,
                extension_count=count,
                extension_days=days,
                extension_first_by=first_by,
                valid_from=EPOCH,
            )
            for tier in kind.tiers
        )


class Migration(migrations.Migration):
    dependencies = [("whistle", "0005_kind_rules")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
