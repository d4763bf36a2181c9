"""The nightly check: what moved, then a round through everything; its result is a row."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from kunming_portal.audit import selectors, verification
from kunming_portal.audit.checking import Kind
from kunming_portal.audit.models import Seal, Verification
from tests.audit.tampering import seal, sql, write
from tests.whistle.people import NOW

pytestmark = pytest.mark.django_db


def nightly(seconds: float = 60) -> Verification:
    return verification.verify_nightly(now=NOW, seconds=seconds)


def test_round_by_round() -> None:
    """With no time at all a night takes one history; after the last one the round begins anew."""
    for number in (1, 2, 3):
        write(f"case:{number}", number)
    seal()
    reached = [
        (night.reached, night.rows, night.seals) for night in (nightly(0), nightly(0), nightly(0), nightly(0))
    ]
    assert reached == [("case:1", 1, 0), ("case:2", 2, 0), ("", 3, 0), ("case:1", 1, 0)]


def test_what_moved_is_checked_every_night() -> None:
    write("case:1", 3)
    seal()
    assert nightly(0).sealed_to == 1
    write("case:2", 2)
    seal()
    write("case:2", 1)
    night = nightly(0)
    assert (night.sealed_to, night.seals, night.findings) == (2, 1, [])
    assert night.rows == 3 + 3, "three that moved, and case:2 in the round"


def test_an_old_row_is_found_by_the_round() -> None:
    write("case:1", 3)
    write("case:2", 3)
    seal()
    nightly()
    sql("update audit_auditevent set reason = 'x' where stream = 'case:2' and seq = 2")
    night = nightly()
    assert [(found["kind"], found["stream"], found["seq"]) for found in night.findings] == [
        ("altered", "case:2", 2)
    ]
    sql("delete from audit_auditevent where stream = 'case:1'")
    assert [found["kind"] for found in nightly().findings] == ["missing", "altered"]
    assert selectors.get_last_verification() == Verification.objects.latest("id")
    assert set(selectors.KIND_NAMES) == set(Kind)


def test_a_round_names_only_gone_histories_of_its_part() -> None:
    for number in (1, 2, 3, 4):
        write(f"case:{number}", 1)
    seal()
    sql("delete from audit_auditevent where stream in ('case:1', 'case:3')")
    assert [found["stream"] for found in nightly(0).findings] == ["case:1"]
    assert [found["stream"] for found in nightly(0).findings] == ["case:3"]


def test_an_empty_trail() -> None:
    night = nightly()
    assert (night.rows, night.sealed_to, night.findings) == (0, 0, [])
    assert selectors.get_last_seal() is None


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("verify_audit", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_command() -> None:
    assert "no seal yet" in run()
    write("case:1", 3)
    seal()
    anchor = str(Seal.objects.get())
    assert "3 rows and 1 seals in " in run("--anchor", anchor)
    assert "3 rows and 0 seals" in run("--stream", "case:1")
    assert "0 rows" in run("--since-seal", "1")
    assert json.loads(run("--json"))["verifies"] is True
    sql("update audit_auditevent set reason = 'x' where seq = 2")
    with pytest.raises(CommandError, match="case:1 seq 2, id"):
        run()
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", "--json", stdout=out)
    assert json.loads(out.getvalue())["findings"][0]["kind"] == "altered"


@pytest.mark.parametrize("anchor", ["", "1", "1:abc", "0:" + "0" * 64, "1:" + "g" * 64])
def test_no_anchor(anchor: str) -> None:
    with pytest.raises(CommandError, match="is no anchor"):
        run("--anchor", anchor)


def test_an_anchor_is_about_the_whole_trail() -> None:
    with pytest.raises(CommandError, match="leave --stream out"):
        run("--stream", "case:1", "--anchor", "1:" + "0" * 64)
