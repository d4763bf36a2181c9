"""What the registers of grids ask first: which of a file's communities and grids the person keeps."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from communities.models import Grid
from communities.selectors import get_grids
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.spreadsheets.registers import Row

CHUNK = 2000
CODE_NOTE = gettext_lazy("15 digits: the community's 12 and three more.")
OUT_OF_REACH = gettext_lazy("The first 12 digits are no community that you keep.")


def codes_of(rows: Sequence[Row], name: str) -> set[str]:
    """Return what stands in a column of codes, each once."""
    return {row.values[name] for row in rows if row.values[name]}


def is_code(code: str) -> bool:
    """Whether these are the fifteen digits of a grid code."""
    return len(code) == 15 and code.isascii() and code.isdecimal()


def kept_communities(codes: Sequence[str], *, by: User) -> set[str]:
    """Return which communities of these grid codes there are and the person keeps. One query."""
    prefixes = by.scope(P.COMMUNITY_KEEP).prefixes
    asked = {code[:12] for code in codes if code[:12].startswith(prefixes)} if prefixes else set()
    found = Division.objects.level("community").filter(code__in=asked)
    return set(found.values_list("code", flat=True))


def kept_grids(codes: set[str], *, by: User) -> dict[str, Grid]:
    """Return the grids of these codes that the person keeps and that are in use. One query."""
    found = get_grids(user=by, permission=P.COMMUNITY_KEEP).filter(ended_on=None, code__in=codes)
    return {grid.code: grid for grid in found}


def lock_grids(codes: set[str], *, by: User) -> None:
    """Lock the grids of these codes that the person keeps, in the order of the services. One query."""
    found = get_grids(user=by, permission=P.COMMUNITY_KEEP).filter(code__in=codes)
    list(found.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
