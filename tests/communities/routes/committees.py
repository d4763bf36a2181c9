"""Who may ask which address of committees, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import SEES_COMMUNITIES, Elsewhere

PLAIN: dict[str, frozenset[str] | set[str]] = {
    "committees": SEES_COMMUNITIES,
    "committee-members": SEES_COMMUNITIES,
    "committee-approvals": SEES_COMMUNITIES,
    "committee-new": SEES_COMMUNITIES,  # leads to the list, or says who enters a committee
}
REFUSED: dict[str, int] = {}
# Nobody has an object of this number: not there for everybody
ELSEWHERE: dict[str, Elsewhere] = {
    "committee": Elsewhere({"pk": 999_999}, {}),
    "committee-change": Elsewhere({"pk": 999_999}, {}),
    "committee-recommend": Elsewhere({"pk": 999_999}, {}),
    "committee-meeting-new": Elsewhere({"pk": 999_999}, {}),
    "committee-member": Elsewhere({"pk": 999_999}, {}),
    "committee-member-move": Elsewhere({"pk": 999_999, "move": "approve"}, {}),
    "committee-letter": Elsewhere({"pk": 999_999, "year": 2026, "form": "pdf"}, {}),
    "committee-meeting": Elsewhere({"pk": 999_999}, {}),
    "committee-meeting-move": Elsewhere({"pk": 999_999, "move": "hold"}, {}),
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
