"""Who may ask which address of check-ins, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import EVERYBODY, KEEPS_COMMUNITIES, LIAISONS, Elsewhere

# A list shows what a right reaches; without one it is empty
PLAIN: dict[str, frozenset[str] | set[str]] = {
    "check-ins": EVERYBODY,
    "member-check-ins": EVERYBODY,
    "service-records": EVERYBODY,
    "needs": EVERYBODY,
    "need-new": KEEPS_COMMUNITIES,
    "check-in-new": KEEPS_COMMUNITIES | LIAISONS,
}
REFUSED: dict[str, int] = {"need-new": 404, "check-in-new": 404}
# Objects that are not there: tests/communities/test_check_in_pages.py asks those that are
ELSEWHERE: dict[str, Elsewhere] = {
    "check-in": Elsewhere({"pk": 1}, {}),
    "check-in-change": Elsewhere({"pk": 1}, {}),
    "check-in-end": Elsewhere({"pk": 1}, {}),
    "service-record-new": Elsewhere({"pk": 1}, {}),
    "service-record-change": Elsewhere({"pk": 1}, {}),
    "service-record-remove": Elsewhere({"pk": 1}, {}),
    "opinion-draft": Elsewhere({"pk": 1, "year": 2026}, {}),
    "need": Elsewhere({"pk": 1}, {}),
    "need-change": Elsewhere({"pk": 1}, {}),
    "need-claim": Elsewhere({"pk": 1}, {}),
    "need-release": Elsewhere({"pk": 1, "check_in": 1}, {}),
    "need-end": Elsewhere({"pk": 1, "move": "finish"}, {}),
    "opinion": Elsewhere({"pk": 1}, {}),
    "opinion-reword": Elsewhere({"pk": 1}, {}),
    "opinion-issue": Elsewhere({"pk": 1}, {}),
    "opinion-paper": Elsewhere({"pk": 1, "form": "pdf"}, {}),
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {"check-in-new": {"kind": "unit"}}
