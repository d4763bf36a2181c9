"""The moves of the endings as pairs of statuses, and how long a caller may take to complete a returned whistle.

Two working days, half an hour for emergencies: proposals, editable; not official limits.
"""

import datetime

from django.db import migrations

EPOCH = datetime.datetime(2019, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
PAIRS = [
    ("awaiting_acceptance", "returned"),
    ("returned", "awaiting_acceptance"),
    ("awaiting_approval", "withdrawn"),
    ("awaiting_acceptance", "withdrawn"),
    ("returned", "withdrawn"),
    ("awaiting_dispatch", "withdrawn"),
    ("handling", "withdrawn"),
    ("on_hold", "withdrawn"),
    ("on_hold", "answered"),
    ("handling", "answered"),
    ("awaiting_verification", "answered"),
    ("awaiting_evaluation", "answered"),
    ("awaiting_verification", "closed"),
    ("closed", "handling"),
]


def list_transitions(apps, schema_editor):
    transition = apps.get_model("whistle", "StatusTransition")
    transition.objects.bulk_create(
        [transition(model="whistle", source=source, target=target) for source, target in PAIRS],
        ignore_conflicts=True,
    )


def seed_policies(apps, schema_editor):
    kinds, policies = apps.get_model("whistle", "Kind"), apps.get_model("whistle", "DeadlinePolicy")
    for kind in kinds.objects.order_by("position"):
        amount, unit = (30, "natural_minute") if kind.is_emergency else (2, "working_day")
        policies.objects.bulk_create(
            policies(kind=kind, tier=tier, step="complete", amount=amount, unit=unit, valid_from=EPOCH)
            for tier in kind.tiers
        )


class Migration(migrations.Migration):
    dependencies = [("whistle", "0017_endings")]

    operations = [
        migrations.RunPython(list_transitions, migrations.RunPython.noop),
        migrations.RunPython(seed_policies, migrations.RunPython.noop),
    ]
