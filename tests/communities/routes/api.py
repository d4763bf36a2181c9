"""Who may ask which address of the API about communities, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import EVERYBODY, Elsewhere

# A list over the API is there for everybody who is signed in; what lies in it is another question
PLAIN: dict[str, frozenset[str] | set[str]] = {"api-compounds": EVERYBODY, "api-grids": EVERYBODY}
REFUSED: dict[str, int] = {}
ELSEWHERE: dict[str, Elsewhere] = {"api-compound": Elsewhere({"pk": 1}, {})}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
