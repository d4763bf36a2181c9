"""Default limits of undertakings, in working days (proposals after domain.md §10, editable; not official limits)."""

from django.db import migrations

# sort, working days, supervision and leaders so many working days after due
LIMITS = [
    ("meeting_task", 15, 3, 5),
    ("execution", 15, 3, 5),
    ("reply", 10, 3, 5),
    ("rectification", 10, 3, 5),
    ("admission", 10, 3, 5),
]


def seed(apps, schema_editor):
    policies = apps.get_model("communities", "UndertakingPolicy")
    for sort, days, supervision, leaders in LIMITS:
        policies.objects.create(
            sort=sort,
            amount=days,
            unit="working_day",
            supervision_after=supervision,
            leaders_after=leaders,
        )


class Migration(migrations.Migration):
    dependencies = [("communities", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
