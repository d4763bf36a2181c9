"""The database learns the changes of status that merging makes; numbers become rows, each with its system."""

from django.db import migrations

PAIRS = [
    ("awaiting_acceptance", "merged"),
    ("awaiting_dispatch", "merged"),
    ("merged", "awaiting_acceptance"),
    ("merged", "awaiting_dispatch"),
]

COPY = """
insert into whistle_externalnumber (case_id, system, number, added_by_id, added_at)
select id,
       case source when 'hotline' then 'hotline' when 'patrol' then 'grid' when 'inspection' then 'inspection'
                   else 'other' end,
       regexp_replace(external_number, '\\s', '', 'g'), opened_by_id, opened_at
from whistle_case where external_number !~ '^\\s*$';
update whistle_case set external_number = regexp_replace(external_number, '\\s', '', 'g') where external_number ~ '\\s';
"""


def list_transitions(apps, schema_editor):
    transition = apps.get_model("whistle", "StatusTransition")
    transition.objects.bulk_create(
        transition(model="whistle", source=source, target=target) for source, target in PAIRS
    )


class Migration(migrations.Migration):
    dependencies = [("whistle", "0015_merging_and_numbers")]

    operations = [
        migrations.RunPython(list_transitions, migrations.RunPython.noop),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
    ]
