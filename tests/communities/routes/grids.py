"""Who may ask which address of grids, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import Elsewhere

PLAIN: dict[str, frozenset[str] | set[str]] = {}
REFUSED: dict[str, int] = {}
ELSEWHERE: dict[str, Elsewhere] = {}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
