"""The generated pages of docs/ are current and complete."""

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils.translation import override

from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.roles import ROLES
from kunming_portal.administration import documents
from whistle.workflow import (
    MOVES,
    AssignmentStatus,
    WhistleStatus,
    assignment_transitions,
    whistle_transitions,
)


@pytest.mark.parametrize("name", documents.PAGES)
def test_the_committed_page_is_current(name: str) -> None:
    text = (settings.BASE_DIR / "docs" / name).read_text(encoding="utf-8")
    assert text == documents.PAGES[name](), "run `manage.py build_docs`"


@pytest.mark.parametrize("name", documents.PAGES)
def test_a_page_is_the_same_in_every_language(name: str) -> None:
    with override("en"):
        english = documents.PAGES[name]()
    with override("zh-hans"):
        assert documents.PAGES[name]() == english


def test_the_workflow_page_holds_every_status_move_and_arrow() -> None:
    page = documents.workflow_page()
    for value in [*WhistleStatus.values, *AssignmentStatus.values, *MOVES]:
        assert f"`{value}`" in page, value
    for source, target in whistle_transitions() | assignment_transitions():
        assert f"    {source} --> {target}: " in page


def test_the_roles_page_holds_every_role_and_right() -> None:
    page = documents.roles_page()
    matrix = page.split("## Who may do what", 1)[1]
    for key in ROLES:
        assert f"`{key}`" in page
    for right in Permission:
        row = next(line for line in matrix.splitlines() if f"`{right.value}`" in line)
        assert row.count("●") == sum(right in role.allows for role in ROLES.values())


def test_a_stale_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("build_docs", check=True)
    monkeypatch.setitem(documents.PAGES, "roles.md", lambda: "other")
    with pytest.raises(CommandError, match="roles.md"):
        call_command("build_docs", check=True)
