"""Who may ask which address of grids, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import KEEPS_COMMUNITIES, SEES_COMMUNITIES, Elsewhere

PLAIN: dict[str, frozenset[str] | set[str]] = {
    "grids": SEES_COMMUNITIES,
    "contacts": SEES_COMMUNITIES,
    "compound-grants": SEES_COMMUNITIES,
    "grid-new": KEEPS_COMMUNITIES,
    "grant-new": KEEPS_COMMUNITIES,
}
REFUSED: dict[str, int] = {}
# What is there is asked for in tests/communities/test_grids_pages.py
ELSEWHERE: dict[str, Elsewhere] = {
    name: Elsewhere({"pk": 1}, {}, others=404)
    for name in (
        "grid",
        "grid-change",
        "grid-buildings",
        "grid-end",
        "grid-post-new",
        "grid-post-change",
        "grid-post-relieve",
        "grant",
        "grant-change",
        "grant-use",
        "grant-use-strike",
    )
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
