"""Who may ask which address of powers, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import SEES_COMMUNITIES, Elsewhere

PLAIN: dict[str, frozenset[str] | set[str]] = {
    "powers": SEES_COMMUNITIES,
    "powers-export": SEES_COMMUNITIES - {"inspector", "integrator"},
}
REFUSED: dict[str, int] = {}
# Ones that are not there; tests/communities/test_power_pages.py asks about real ones
ELSEWHERE: dict[str, Elsewhere] = {
    "power": Elsewhere({"pk": 987654321}, {}),
    "power-move": Elsewhere({"pk": 987654321, "move": "meet"}, {}),
    "power-new": Elsewhere({"pk": 987654321, "power": "decision"}, {}),
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
