"""Who may ask which address of burden, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import LIAISONS, SEES_COMMUNITIES, Elsewhere

# Communities and those above them, and those who want something of them; the forms say who decides
READS = SEES_COMMUNITIES | LIAISONS
PLAIN: dict[str, frozenset[str] | set[str]] = {
    "work-items": READS,
    "work-item-new": READS,
    "list-history": READS,
    "list-step-new": READS,
    "burden": SEES_COMMUNITIES,
    "admissions": READS,
    "admission-new": LIAISONS | {"street_secretary", "county_secretary"},
    "asks": READS,
    "ask-new": {"community_worker", "community_secretary", "stranger"},
}
REFUSED: dict[str, int] = {}
# One that is not there; tests/communities/test_burden_matrix.py asks about real ones
ELSEWHERE: dict[str, Elsewhere] = {
    name: Elsewhere({"pk": 987654321}, {})
    for name in (
        "work-item",
        "work-item-change",
        "work-item-end",
        "admission",
        "admission-complete",
        "admission-decide",
        "admission-withdraw",
        "ask",
        "ask-refuse",
        "ask-take-back",
    )
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
