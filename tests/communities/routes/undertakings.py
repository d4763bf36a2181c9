"""Who may ask which address of undertakings, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import LIAISONS, SEES_COMMUNITIES, Elsewhere

# Who follows communities, and who reports to them
READS = SEES_COMMUNITIES | LIAISONS
PLAIN: dict[str, frozenset[str] | set[str]] = {
    "undertakings": READS,
    # the service account and the inspector may not take lists away
    "undertakings-export": READS - {"inspector", "integrator"},
}
REFUSED: dict[str, int] = {}
# One that is not there; tests/communities/test_undertakings.py asks about real ones
ELSEWHERE: dict[str, Elsewhere] = {
    "undertaking": Elsewhere({"pk": 987654321}, {}),
    "undertaking-move": Elsewhere({"pk": 987654321, "move": "report"}, {}),
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
