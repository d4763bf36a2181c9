"""The route tables of communities, one family a module; put together in tests/route_tables.py."""

from tests.communities.routes import (
    api,
    burden,
    check_ins,
    committees,
    compounds,
    grids,
    powers,
    spreadsheets,
    undertakings,
    volunteers,
    workers,
)

FAMILIES = (
    api,
    burden,
    check_ins,
    committees,
    compounds,
    grids,
    powers,
    spreadsheets,
    undertakings,
    volunteers,
    workers,
)
