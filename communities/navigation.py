"""What the rail shows of communities. The frame around every page (`whistle/navigation.py`) takes it from here."""

from django.utils.translation import gettext as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P

# key (the name of the route), label, icon, whether this person has it
Entry = tuple[str, str, str, bool]

# Pages that have no entry of their own belong to one that has.
BELONGS: dict[str, str] = {
    # workbooks
    "import": "imports",
    "import-new": "imports",
}


def entries(user: User) -> list[Entry]:
    """Return the entries of communities this person has, in the order of the rail. No query once rights are loaded."""
    sees = user.can(P.COMMUNITY_VIEW)
    return [
        ("community", _("Community"), "houses", sees),
        ("compounds", _("Compounds"), "buildings", sees),
        ("grids", _("Grids"), "grid-3x3", sees),
        ("contacts", _("Contact book"), "telephone", sees),
        ("powers", _("Five powers"), "hand-index", sees),
        ("undertakings", _("Undertakings"), "check2-square", sees or user.can(P.UNDERTAKING_HANDLE)),
        ("committees", _("Big Party committees"), "people", sees),
        ("check-ins", _("Double report"), "arrow-left-right", sees or user.can(P.CHECK_IN)),
        ("volunteers", _("Volunteers"), "heart", sees),
        ("work-items", _("Lists of community work"), "card-checklist", sees or user.can(P.BURDEN_APPLY)),
        ("admissions", _("Admission of work"), "door-open", sees or user.can(P.BURDEN_APPLY)),
        ("workers", _("Community workers"), "person-badge", sees),
        ("imports", _("Imports"), "file-earmark-spreadsheet", user.can(P.COMMUNITY_KEEP)),
    ]
