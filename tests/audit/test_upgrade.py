"""An installation from before the chain: its rows get links, verify, and are guarded again."""

import pytest
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from kunming_portal.audit import verification
from tests.audit.tampering import seal, write

OLD = """insert into audit_auditevent (at, stream, seq, event, actor_name, unit_name, object_type, object_id,
    object_label, data, reason, ip, request_id)
select now() - interval '1 minute' * n, 'case:' || n % 700, 1 + n / 700, 'case.noted', '王磊', '', 'whistle.case',
    n, '大观' || n, jsonb_build_object('n', n / 7.0, 'text', e'a\\tb'), '', '192.0.2.1', ''
from generate_series(0, 6999) n"""


def migrate(name: str) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("audit", name)])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_rows_from_before_get_their_links() -> None:
    migrate("0003_name_the_columns")
    try:
        with connection.cursor() as cursor:
            cursor.execute(OLD)
    finally:
        migrate("0004_chain_and_seal")
    report = verification.verify()
    assert (report.rows, report.findings) == (7000, [])
    with connection.cursor() as cursor:
        with pytest.raises(Error, match="only grows"):
            cursor.execute("update audit_auditevent set reason = 'x'")
        with pytest.raises(Error, match="null value"):
            cursor.execute(OLD.replace("n % 700", "n + 9000"))
    write("case:7", 2)
    assert seal() == 1
    assert verification.verify().rows == 7002
