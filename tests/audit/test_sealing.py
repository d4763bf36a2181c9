"""Seals: nothing is sealed twice or left out, whatever commits when; they only grow; they leave with the log."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from random import Random

import pytest
from django.db import Error, connection, connections, transaction
from django.db.models import Max, Sum
from django.utils import timezone
from structlog.testing import capture_logs

from kunming_portal.accounts.selectors import get_system_user
from kunming_portal.audit import sealing, tasks, trail, verification
from kunming_portal.audit.merkle import Tree
from kunming_portal.audit.models import AuditEvent, Seal, SealedHead
from tests.audit.tampering import TABLES, entry, seal, sql, write
from tests.whistle.people import NOW

apart = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.mark.django_db
def test_a_seal_covers_what_is_new_and_follows_the_one_before() -> None:
    write("case:1", 2)
    write("case:2", 1)
    with capture_logs() as lines:
        one = sealing.seal(now=NOW)
    assert one is not None
    assert (one.number, one.heads, one.rows, one.total, bytes(one.previous)) == (1, 2, 3, 3, b"")
    (line,) = [line for line in lines if line["event"] == "audit.sealed"]
    assert (line["number"], line["hash"], line["count"]) == (1, one.hash.hex(), 3)
    assert line["root"] == one.root.hex()
    assert sealing.seal(now=NOW) is None, "nothing is new"
    write("case:2", 2)
    seal()
    two = Seal.objects.get(number=2)
    assert (two.heads, two.rows, two.total) == (1, 2, 5)
    assert bytes(two.previous) == one.hash
    head = SealedHead.objects.get(number=2)
    assert (head.stream, head.after, head.seq) == ("case:2", 1, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("table", [*TABLES, "audit_verification"])
def test_the_tables_only_grow(table: str) -> None:
    write("case:1", 1)
    seal()
    verification.verify_nightly(now=NOW, seconds=1)
    with connection.cursor() as cursor:
        cursor.execute("set local kunming_portal.allow_truncate = 'off'")
        for statement in (
            f"delete from {table}",
            f"truncate {table}",
            f"update {table} set {'at = at' if 'head' not in table else 'seq = seq'}",
        ):
            with pytest.raises(Error, match="only grows"), transaction.atomic():
                cursor.execute(statement)


@contextmanager
def unfinished(stream: str) -> Iterator[threading.Event]:
    """Somebody who wrote into a stream and commits when the event is set; the block ends after their commit."""
    written, may_commit = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                trail.record(entry(stream, 0, get_system_user()))
                written.set()
                may_commit.wait(20)
        finally:
            connection.close()

    writer = threading.Thread(target=work)
    writer.start()
    assert written.wait(20)
    try:
        yield may_commit
    finally:
        may_commit.set()
        writer.join()


@apart
def test_a_row_with_a_smaller_key_that_commits_later_is_in_a_later_seal() -> None:
    write("case:1", 1)
    seal()
    with unfinished("case:late") as may_commit:
        for stream in ("case:2", "case:3", "case:4"):
            write(stream, 1)  # greater keys, committed and sealed first, in seals of their own
            seal()
        assert sealing.seal(now=NOW) is None
        assert not SealedHead.objects.filter(stream="case:late").exists()
        late = may_commit
    assert late.is_set()
    assert seal() == 5
    head = SealedHead.objects.get(stream="case:late")
    assert (head.number, head.seq) == (5, 1)
    assert AuditEvent.objects.get(stream="case:late").pk < AuditEvent.objects.get(stream="case:2").pk
    assert verification.verify().findings == []
    write("case:5", 1)
    assert seal() == 6
    # another database of the server may hold it back: that costs, and hides nothing
    assert Seal.objects.get(number=6).unseen_above <= Seal.objects.get(number=5).last_id


@apart
def test_the_last_number_given_out_is_not_the_last_that_ended() -> None:
    """One begins before the late one and commits a greater key: nothing that ended is younger than the late one."""
    with ExitStack() as stack:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_current_xact_id()")
            stack.enter_context(unfinished("case:late"))
            trail.record(entry("case:2", 0, get_system_user()))
        seal()
        write("case:3", 1)
        seal()
    assert seal() == 3
    assert SealedHead.objects.get(number=3).stream == "case:late"


@apart
def test_writers_and_sealers_at_once() -> None:
    """Six writers with several streams a transaction, some rolled back, and two who seal: every row is sealed once."""
    failures: list[Exception] = []
    writing = threading.Event()

    def guarded(body: Callable[[], None]) -> None:
        try:
            body()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def keep_sealing() -> None:
        while not writing.is_set():
            sealing.seal(now=timezone.now())

    writers = [threading.Thread(target=guarded, args=(partial(write_much, number),)) for number in range(6)]
    sealers = [threading.Thread(target=guarded, args=(keep_sealing,)) for _number in range(2)]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    writing.set()
    for thread in sealers:
        thread.join()
    sealing.seal(now=NOW)
    assert failures == []
    rows = AuditEvent.objects.count()
    newest = Seal.objects.get(number=Seal.objects.aggregate(last=Max("number"))["last"])
    assert newest.number > 2
    assert newest.total == rows == Seal.objects.aggregate(all=Sum("rows"))["all"]
    report = verification.verify()
    assert (report.findings, report.rows, report.seals) == ([], rows, newest.number)


def write_much(number: int) -> None:
    """Transactions over several streams of one's own and one of all; a fifth is rolled back."""
    random, by = Random(number), get_system_user()
    for turn in range(25):
        with transaction.atomic():
            for _part in range(random.randint(1, 3)):
                names = sorted(random.sample(range(12), 2))
                trail.record_many([entry(f"w{number}:{name}", turn, by) for name in names])
            trail.record(entry("z:all", turn, by))
            if random.random() < 0.2:
                transaction.set_rollback(True)


@apart
def test_two_do_not_seal_at_once() -> None:
    write("case:1", 1)
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sealing.LOCK)
            holding.set()
            done.wait(20)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(20)
    assert sealing.seal(now=NOW) is None
    done.set()
    holder.join()
    assert seal() == 1


@pytest.mark.django_db
def test_after_a_restore_into_another_cluster_everything_is_compared_once() -> None:
    """There transaction numbers begin anew; a row that looks older than the horizon must not be left out."""
    write("case:1", 1)
    seal()
    write("case:2", 1)
    key = AuditEvent.objects.get(stream="case:2").pk
    sql(f"update audit_seal set cluster = 7, xid = 1, unseen_above = {key}, last_id = {key}")
    assert seal() == 2
    assert SealedHead.objects.filter(stream="case:2", number=2).exists()


@pytest.mark.django_db
def test_a_seal_costs_what_moved() -> None:
    """No statement reads the trail from end to end."""
    for number in range(40):
        write(f"case:{number}", 1)
    seal()
    write("case:7", 1)
    with connection.cursor() as cursor:
        cursor.execute("analyze audit_auditevent; analyze audit_sealedhead; set local enable_seqscan = off")
        newest = AuditEvent.objects.latest("id").pk
        cursor.execute(f"explain {sealing.COVER}", [9, newest - 1])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "audit_auditevent_pkey" in plan
    assert plan.count("Limit") == 2


def test_the_tree_is_that_of_rfc_6962() -> None:
    """Roots of the reference implementation's test vectors."""
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    tree = Tree()
    found = {0: tree.root().hex()}
    for number, leaf in enumerate(leaves, start=1):
        tree.add(bytes.fromhex(leaf))
        found[number] = tree.root().hex()
    assert {number: found[number] for number in roots} == roots


@pytest.mark.django_db
def test_the_beat_seals_and_verifies() -> None:
    write("case:1", 2)
    tasks.seal_trail()
    with capture_logs() as lines:
        tasks.verify_trail()
        sql("update audit_auditevent set reason = 'x'")
        tasks.verify_trail()
    told = [line for line in lines if line["event"].startswith("audit.")]
    assert [line["event"] for line in told] == ["audit.verified", "audit.does_not_verify"]
    assert told[1]["first"]["stream"] == "case:1"
