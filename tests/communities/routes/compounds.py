"""Who may ask which address of compounds, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import KEEPS_COMMUNITIES, SEES_COMMUNITIES, Elsewhere

PLAIN: dict[str, frozenset[str] | set[str]] = {
    "compounds": SEES_COMMUNITIES,
    "compound-new": KEEPS_COMMUNITIES,
    "community": SEES_COMMUNITIES,
}
REFUSED: dict[str, int] = {}
# A compound, branch or community that is not there is not there for anybody; those that are: test_compound_pages.py
ELSEWHERE: dict[str, Elsewhere] = {
    name: Elsewhere({"pk": 10**9}, {})
    for name in (
        "compound",
        "compound-change",
        "compound-end",
        "compound-buildings",
        "branch-new",
        "branch-change",
        "branch-end",
        "branch-seat",
        "cross-post-new",
        "cross-post-end",
    )
} | {"community-page": Elsewhere({"code": "999999999999"}, {})}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
