"""Who may ask which address of volunteers, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import EVERYBODY, KEEPS_COMMUNITIES, Elsewhere

PLAIN: dict[str, frozenset[str] | set[str]] = {
    "volunteers": EVERYBODY,
    "volunteer-places": EVERYBODY,
    "activity-new": KEEPS_COMMUNITIES,
    "volunteer-place-new": KEEPS_COMMUNITIES,
}
REFUSED: dict[str, int] = {"activity-new": 404, "volunteer-place-new": 404}
# Objects that are not there: tests/communities/test_volunteers.py asks those that are
ELSEWHERE: dict[str, Elsewhere] = {
    "activity": Elsewhere({"pk": 1}, {}),
    "activity-change": Elsewhere({"pk": 1}, {}),
    "activity-move": Elsewhere({"pk": 1, "move": "open"}, {}),
    "activity-end": Elsewhere({"pk": 1, "move": "finish"}, {}),
    "sign-up-new": Elsewhere({"pk": 1}, {}),
    "sign-up-take-back": Elsewhere({"pk": 1, "sign_up": 1}, {}),
    "volunteer-place-change": Elsewhere({"pk": 1}, {}),
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
