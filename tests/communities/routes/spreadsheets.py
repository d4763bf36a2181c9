"""Who may ask which address of imports and exports, by hand (see tests/route_tables.py)."""

from tests.communities.routes.tables import EVERYBODY, Elsewhere

# Own imports; who keeps no register has none
PLAIN: dict[str, frozenset[str] | set[str]] = {"imports": EVERYBODY}
REFUSED: dict[str, int] = {}
# Somebody's import is there for that person alone (tests/spreadsheets/test_pages.py asks real ones)
ELSEWHERE: dict[str, Elsewhere] = {
    name: Elsewhere({"pk": 1}, {}, others=404)
    for name in ("import", "import-confirm", "import-cancel", "import-result")
} | {
    name: Elsewhere({"register": "nothing-of-that-name"}, {}, others=404)
    for name in ("import-new", "register-template", "register-export")
}
# What a plain address needs to be written
KWARGS: dict[str, dict[str, str]] = {}
