"""What the rail shows of communities. The frame around every page (`whistle/navigation.py`) takes it from here."""

from django.utils.translation import gettext as _

from communities.committee_selectors import get_members_to_sign
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P

# key (the name of the route), label, icon, whether this person has it
Entry = tuple[str, str, str, bool]

# Pages that have no entry of their own belong to one that has.
BELONGS: dict[str, str] = {
    # community workers
    "worker": "workers",
    "worker-new": "workers",
    "worker-pay": "workers",
    "worker-correct": "workers",
    "worker-post": "workers",
    "worker-move": "workers",
    "worker-leave": "workers",
    "worker-award": "workers",
    "worker-award-remove": "workers",
    "worker-appraisal": "workers",
    "workers-grading": "workers",
    "workers-staffing": "workers",
    "workers-population": "workers",
    "workers-scheme": "workers",
    "workers-scheme-change": "workers",
    "workers-pay-change": "workers",
    # compounds
    "community-page": "community",
    "compound": "compounds",
    "compound-new": "compounds",
    "compound-change": "compounds",
    "compound-end": "compounds",
    "compound-buildings": "compounds",
    "branch-new": "compounds",
    "branch-change": "compounds",
    "branch-end": "compounds",
    "cross-post-new": "compounds",
    "grid": "grids",
    "grid-new": "grids",
    "grid-change": "grids",
    "grid-buildings": "grids",
    "grid-end": "grids",
    "grid-post-new": "grids",
    "grid-post-change": "grids",
    "compound-grants": "compounds",
    "grant": "compounds",
    "grant-new": "compounds",
    "grant-change": "compounds",
    "grant-use": "compounds",
    # burden reduction
    "work-item": "work-items",
    "work-item-new": "work-items",
    "work-item-change": "work-items",
    "work-item-end": "work-items",
    "list-history": "work-items",
    "list-step-new": "work-items",
    "burden": "work-items",
    "asks": "work-items",
    "ask": "work-items",
    "ask-new": "work-items",
    "admission": "admissions",
    "admission-new": "admissions",
    "admission-complete": "admissions",
    "admission-decide": "admissions",
    "admission-withdraw": "admissions",
    # workbooks
    "import": "imports",
    "import-new": "imports",
    "undertaking": "undertakings",
    "undertaking-move": "undertakings",
    "power": "powers",
    "power-move": "powers",
    "power-new": "powers",
    # big Party committees
    **dict.fromkeys(
        (
            "committee",
            "committee-new",
            "committee-change",
            "committee-recommend",
            "committee-members",
            "committee-member",
            "committee-member-move",
            "committee-approvals",
            "committee-meeting",
            "committee-meeting-new",
            "committee-meeting-move",
        ),
        "committees",
    ),
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


def count_waiting(user: User) -> dict[str, int]:
    """Return how much waits for this person's signature, by entry. One query, none for whoever signs nothing."""
    if not (user.can(P.COMMITTEE_APPROVE) or user.can(P.COMMITTEE_FILE)):
        return {}
    return {"committees": get_members_to_sign(user=user).count()}
