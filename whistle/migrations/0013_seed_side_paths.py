"""The changes of status and the limits of objection, consultation and hold (domain.md §10). Proposals, editable.

The pairs are frozen here; `tests/whistle/test_workflow.py` fails when they differ from `whistle/workflow/`.
"""

import datetime

from django.db import migrations

WHISTLE = [("handling", "on_hold"), ("on_hold", "handling"), ("on_hold", "upgraded")]
ASSIGNMENT = [
    ("awaiting_signature", "objected"),
    ("awaiting_report_in", "objected"),
    ("objected", "awaiting_report_in"),
    ("objected", "released"),
]

MIN, NH, ND, H, D = "natural_minute", "natural_hour", "natural_day", "working_hour", "working_day"
EPOCH = datetime.datetime(2019, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
GENERAL = {"objection": (4, H), "consultation": (2, D), "review": (30, ND)}
LIMITS = {"enforcement": GENERAL | {"objection": (1, H)}}
EMERGENCY = {"objection": (15, MIN), "consultation": (2, NH), "review": (30, ND)}


def list_transitions(apps, schema_editor):
    transition = apps.get_model("whistle", "StatusTransition")
    transition.objects.bulk_create(
        transition(model=model, source=source, target=target)
        for model, pairs in (("whistle", WHISTLE), ("assignment", ASSIGNMENT))
        for source, target in pairs
    )


def seed_policies(apps, schema_editor):
    kinds, policies = apps.get_model("whistle", "Kind"), apps.get_model("whistle", "DeadlinePolicy")
    for kind in kinds.objects.order_by("position"):
        limits = EMERGENCY if kind.is_emergency else LIMITS.get(kind.code, GENERAL)
        policies.objects.bulk_create(
            policies(kind=kind, tier=tier, step=step, amount=amount, unit=unit, valid_from=EPOCH)
            for tier in kind.tiers
            for step, (amount, unit) in limits.items()
        )


class Migration(migrations.Migration):
    dependencies = [("whistle", "0012_side_paths")]

    operations = [
        migrations.RunPython(list_transitions, migrations.RunPython.noop),
        migrations.RunPython(seed_policies, migrations.RunPython.noop),
    ]
