"""What hangs on a case, asked once: most cases have little of it, and an empty table need not be asked."""

from django.db import connection

from whistle.models import (
    Case,
    CaseLocation,
    CaseNote,
    Evidence,
    Exclusion,
    ExternalNumber,
    Reporter,
    SupervisionTask,
)

OF_CASE = (Evidence, CaseLocation, CaseNote, ExternalNumber, Reporter, SupervisionTask)
QUESTIONS = [
    *(f"exists(select from {model._meta.db_table} where case_id = %(case)s)" for model in OF_CASE),
    f"exists(select from {Exclusion._meta.db_table} x join whistle_whistle w on w.id = x.whistle_id"
    " where w.case_id = %(case)s)",
]


def get_attached(case: Case) -> frozenset[type]:
    """Return the models of which the case has rows: files, place, notes, numbers, reporter, tasks, exclusions.

    One query; it saves one for each of them that is empty.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(QUESTIONS)}", {"case": case.pk})
        answers = cursor.fetchone()
    return frozenset(model for model, there in zip((*OF_CASE, Exclusion), answers, strict=True) if there)
