"""The database refuses a change of status that the workflow's table does not list.

The pairs are frozen here; `tests/whistle/test_workflow.py` fails when they differ from `whistle/workflow.py`.
"""

from django.db import migrations

WHISTLE = [
    ("draft", "awaiting_approval"),
    ("draft", "awaiting_acceptance"),
    ("awaiting_approval", "awaiting_acceptance"),
    ("awaiting_approval", "draft"),
    ("awaiting_acceptance", "awaiting_dispatch"),
    ("awaiting_dispatch", "handling"),
    ("handling", "awaiting_verification"),
    ("awaiting_verification", "awaiting_evaluation"),
    ("awaiting_verification", "handling"),
    ("awaiting_evaluation", "handling"),
    ("awaiting_evaluation", "closed"),
    ("awaiting_dispatch", "upgraded"),
    ("handling", "upgraded"),
    ("awaiting_verification", "upgraded"),
    ("awaiting_evaluation", "upgraded"),
]
ASSIGNMENT = [
    ("awaiting_signature", "awaiting_report_in"),
    ("awaiting_report_in", "handling"),
    ("handling", "fed_back"),
    ("fed_back", "handling"),
    ("awaiting_signature", "released"),
    ("awaiting_report_in", "released"),
    ("handling", "released"),
    ("fed_back", "released"),
]

FORWARD = """
create function whistle_status_follows_the_table() returns trigger language plpgsql as $$
begin
    if old.status <> new.status and not exists (
        select 1 from whistle_statustransition
        where model = tg_argv[0] and source = old.status and target = new.status
    ) then
        raise exception 'The workflow has no move of a % from % to %.', tg_argv[0], old.status, new.status
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger whistle_status_follows_the_table before update of status on whistle_whistle
    for each row execute function whistle_status_follows_the_table('whistle');
create trigger assignment_status_follows_the_table before update of status on whistle_assignment
    for each row execute function whistle_status_follows_the_table('assignment');
"""

BACKWARD = """
drop trigger assignment_status_follows_the_table on whistle_assignment;
drop trigger whistle_status_follows_the_table on whistle_whistle;
drop function whistle_status_follows_the_table();
"""


def list_transitions(apps, schema_editor):
    transition = apps.get_model("whistle", "StatusTransition")
    transition.objects.bulk_create(
        transition(model=model, source=source, target=target)
        for model, pairs in (("whistle", WHISTLE), ("assignment", ASSIGNMENT))
        for source, target in pairs
    )


class Migration(migrations.Migration):
    dependencies = [("whistle", "0001_initial")]

    operations = [
        migrations.RunPython(list_transitions, migrations.RunPython.noop),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
