"""By which words grids and their people are found, and how a typed text is checked before it is kept."""

from functools import lru_cache

from django.utils.translation import gettext as _

from communities.guards import CommunityRefused
from kunming_portal.divisions.naming import get_search_text
from kunming_portal.encryption.personal import Personal, find_personal

# Units of a city come again and again; what they sound like is kept
NAMES = 4096


@lru_cache(maxsize=NAMES)
def sounds(name: str) -> str:
    """Return a name with its pinyin and initials, in lower case; nothing for nothing."""
    return get_search_text(name, name) if name else ""


def words_of_grid(*, name: str, code: str, area: str) -> str:
    """Return the text a grid is searched in."""
    return " ".join(part for part in (sounds(name), code, area.lower()) if part)


def words_of_person(*, name: str, unit_name: str) -> str:
    """Return the text a person of a grid is searched in. Phones are never in it."""
    return " ".join(part for part in (sounds(name), sounds(unit_name)) if part)


def checked(text: str, *, field: str) -> str:
    """Return a typed text without blanks around it; refuse one that holds an identity number."""
    kept = text.strip()
    if find_personal(kept) is Personal.CITIZEN_NUMBER:
        raise CommunityRefused(_("Take the identity number out; it is not kept here."), code=field)
    return kept


def filled(text: str, *, field: str) -> str:
    """Return a typed text as `checked`; refuse none at all."""
    kept = checked(text, field=field)
    if not kept:
        raise CommunityRefused(_("Fill this in."), code=field)
    return kept
