"""Whatever an owner of the tables does to the trail without its key, its first row is named."""

import base64
from typing import Any

import pytest
from django.conf import LazySettings

from kunming_portal.audit import canonical, verification
from kunming_portal.audit.models import AuditEvent, Seal
from tests.audit.tampering import first, seal, sql, write

HERE = "where stream = 'case:2' and seq = 3"


@pytest.fixture(autouse=True)
def sealed(db: None) -> None:
    """Three histories of five rows: two seals over them, and a row each that no seal has seen."""
    for stream in ("case:1", "case:2", "case:3"):
        write(stream, 3)
    seal()
    write("case:2", 2)
    seal()
    for stream in ("case:1", "case:2", "case:3"):
        write(stream, 1)


def test_a_trail_that_nobody_touched_verifies() -> None:
    report = verification.verify(since=0)
    assert (report.first, report.rows, report.seals, report.sealed_to) == (None, 14, 2, 2)
    assert verification.verify(stream="case:2").rows == 6
    assert verification.verify(since=1).rows == 5, "two sealed later, three not sealed yet"
    assert verification.verify(since=2).rows == 3


CHANGED: dict[str, str] = {
    "id": "id + 1000000",
    "at": "at + interval '1 microsecond'",
    "event": "'case.closed'",
    "actor_id": "null",
    "actor_name": "'x'",
    "unit_name": "''",
    "object_type": "'x'",
    "object_id": "'x'",
    "object_label": "object_label || ' '",
    "data": """jsonb_set(data, '{z}', '1.50000000000000000001')""",
    "reason": "replace(reason, chr(9), ' ')",
    "ip": "'192.0.2.8'",
    "request_id": "'x'",
    "link": "decode(repeat('00', 32), 'hex')",
    "key_id": "'other'",
}


def test_every_column_is_covered() -> None:
    columns = {field.column for field in AuditEvent._meta.concrete_fields}
    assert columns == {*CHANGED, "stream", "seq"} == {*canonical.COLUMNS, "link", "key_id"}


@pytest.mark.parametrize("column", CHANGED)
def test_a_changed_column(column: str) -> None:
    sql(f"update audit_auditevent set {column} = {CHANGED[column]} {HERE}")
    kind = "key" if column == "key_id" else "altered"
    assert first() == first(stream="case:2") == (kind, "case:2", 3)


@pytest.mark.parametrize(
    "change",
    ["at = 'infinity'", "at = '20000-01-01'", "ip = '192.0.2.0/24'", "data = '1e400'", "data = 'null'"],
)
def test_a_value_that_no_row_could_have(change: str) -> None:
    sql(f"update audit_auditevent set {change} {HERE}")
    assert first() == ("altered", "case:2", 3)


def test_the_row_is_named_in_full() -> None:
    sql(f"update audit_auditevent set reason = '' {HERE}")
    row, found = AuditEvent.objects.get(stream="case:2", seq=3), verification.verify().first
    assert found is not None
    assert (found.id, found.event, found.at) == (row.pk, row.event, row.at.isoformat())
    assert str(found).startswith(f"case:2 seq 3, id {row.pk}, case.2, 2026-")


def test_another_history() -> None:
    sql(f"update audit_auditevent set stream = 'case:9' {HERE}")
    assert first() == ("missing", "case:2", 3)
    assert first(stream="case:9") == ("missing", "case:9", 1)


def test_a_deleted_row() -> None:
    sql(f"delete from audit_auditevent {HERE}")
    assert first() == ("missing", "case:2", 3)


def test_a_deleted_row_and_the_places_closed_up() -> None:
    sql(
        "delete from audit_auditevent where stream = 'case:2' and seq = 2",
        "update audit_auditevent set seq = seq + 100 where stream = 'case:2' and seq > 2",
        "update audit_auditevent set seq = seq - 101 where stream = 'case:2' and seq > 100",
    )
    assert first() == ("altered", "case:2", 2)


COPIED = (
    "insert into audit_auditevent (at, stream, seq, event, actor_name, unit_name, object_type, object_id,"
    " object_label, data, reason, request_id, link, key_id)"
    " select at, stream, {seq}, event, '', '', '', '', '', '{{}}', '', '', link, key_id"
    " from audit_auditevent where stream = 'case:2' and seq = {like}"
)


def test_a_row_added_at_the_end() -> None:
    sql(COPIED.format(seq=7, like=6))
    assert first() == ("altered", "case:2", 7)


def test_a_row_added_in_between() -> None:
    sql(
        "update audit_auditevent set seq = seq + 100 where stream = 'case:2' and seq > 2",
        COPIED.format(seq=3, like=2),
        "update audit_auditevent set seq = seq - 99 where stream = 'case:2' and seq > 100",
    )
    assert first() == ("added", "case:2", 3)


def test_a_place_taken_twice() -> None:
    sql("alter table audit_auditevent drop constraint trail_numbers_are_unique", COPIED.format(seq=3, like=3))
    kind, stream, seq = first()
    assert (stream, seq) == ("case:2", 3)
    assert kind in {"added", "altered", "reordered"}


def test_rows_that_changed_places() -> None:
    sql(
        "update audit_auditevent set seq = 100 where stream = 'case:2' and seq = 3",
        "update audit_auditevent set seq = 3 where stream = 'case:2' and seq = 4",
        "update audit_auditevent set seq = 4 where stream = 'case:2' and seq = 100",
    )
    assert first() == ("reordered", "case:2", 3)


def test_contents_that_changed_places() -> None:
    sql(
        "update audit_auditevent a set event = b.event, data = b.data, at = b.at from audit_auditevent b "
        "where a.stream = 'case:2' and b.stream = a.stream and (a.seq, b.seq) in ((2, 3), (3, 2))"
    )
    assert first() == ("altered", "case:2", 2)


@pytest.mark.parametrize(("above", "named"), [(5, None), (4, 5), (1, 2), (0, 1)])
def test_a_cut_tail_of_one_history(above: int, named: int | None) -> None:
    """What no seal saw yet is not missed; all else is."""
    sql(f"delete from audit_auditevent where stream = 'case:2' and seq > {above}")
    if named is None:
        assert verification.verify().first is None
    else:
        assert first() == first(stream="case:2") == ("missing", "case:2", named)
    assert verification.verify(stream="case:1").first is None


def test_a_cut_tail_that_grew_again() -> None:
    """The new rows have true links, made by the portal after the cut."""
    sql("delete from audit_auditevent where stream = 'case:2' and seq > 3")
    write("case:2", 4)
    assert first() == ("rewritten", "case:2", 5)


def cut_everything(down_to: int) -> None:
    sql(
        "delete from audit_auditevent e where seq > (select coalesce(max(seq), 0) from audit_sealedhead h "
        f"where h.stream = e.stream and number <= {down_to})",
        f"delete from audit_sealedhead where number > {down_to}",
        f"delete from audit_seal where number > {down_to}",
    )


def test_a_cut_tail_of_everything_shows_by_the_anchor_alone() -> None:
    number, _colon, kept = str(Seal.objects.get(number=2)).partition(":")
    anchor = [(int(number), kept)]
    assert verification.verify(anchors=anchor).first is None
    cut_everything(1)
    assert verification.verify().first is None
    assert first(anchors=anchor) == ("seal_missing", "", 2)
    write("case:3", 1)
    assert seal() == 2
    assert verification.verify().first is None
    assert first(anchors=anchor) == ("seal_replaced", "", 2)


SEAL_CHANGES = [
    *("at = at + interval '1 second'", "heads = heads + 1", "rows = rows + 1", "total = total - 1"),
    *("root = hash", "previous = hash", "hash = root", "key_fingerprint = 'x'", "cluster = 1"),
    *("xid = 1", "last_id = 1", "unseen_above = 1000000", "key_id = 'x'"),
]


@pytest.mark.parametrize("change", SEAL_CHANGES)
def test_a_changed_seal(change: str) -> None:
    sql(f"update audit_seal set {change} where number = 1")
    kind, stream, number = first()
    assert (stream, number) == ("", 1)
    assert kind == ("key" if change.startswith("key_") else "seal_altered")


@pytest.mark.parametrize(
    ("statement", "kind", "number"),
    [
        ("delete from audit_seal where number = 1", "seal_missing", 1),
        ("delete from audit_seal where number = 2", "seal_missing", 2),
        ("update audit_sealedhead set link = ''::bytea where number = 2", "seal_altered", 2),
        ("delete from audit_sealedhead where number = 1 and stream = 'case:1'", "seal_altered", 1),
        ("update audit_sealedhead set number = 2 where number = 1 and stream = 'case:1'", "seal_altered", 1),
    ],
)
def test_seals_and_heads_that_are_gone_or_changed(statement: str, kind: str, number: int) -> None:
    sql(statement)
    assert first() == (kind, "", number)


def test_a_forged_chain_of_somebody_without_the_key(settings: LazySettings) -> None:
    """Everything made anew under another key of the same name: the fingerprint tells."""
    right = settings.AUDIT_KEYS
    settings.AUDIT_KEYS = {"demo": base64.b64encode(b"x" * 32).decode()}
    assert first() == ("key", "", 1)
    assert first(stream="case:2") == ("altered", "case:2", 1)
    settings.AUDIT_KEYS = {"new": base64.b64encode(b"n" * 32).decode(), **right}
    write("case:2", 1)
    seal()
    assert verification.verify().first is None
    settings.AUDIT_KEYS = right
    assert first() == ("key", "", 3)
    assert first(stream="case:2") == ("key", "case:2", 7)


def test_one_finding_a_history_and_the_first_of_each() -> None:
    sql("update audit_auditevent set reason = 'x' where seq in (2, 4)")
    found: Any = [(finding.stream, finding.seq) for finding in verification.verify().findings]
    assert found == [("case:1", 2), ("case:2", 2), ("case:3", 2)]


def test_what_is_old_is_not_asked_since_a_seal() -> None:
    sql("update audit_auditevent set reason = 'x' where stream = 'case:2' and seq = 2")
    assert verification.verify(since=1).first is None
    sql("update audit_auditevent set reason = 'x' where stream = 'case:2' and seq = 5")
    assert first(since=1) == ("altered", "case:2", 5)
    assert first(since=7) == ("seal_missing", "", 7)
