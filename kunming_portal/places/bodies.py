"""The four bodies of a compound: branch, owners' body, property management, grids. Each in a name and a line."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from communities.models import Compound, CrossPost, Grid

CODE_DIGITS = 3


@dataclass(frozen=True)
class Body:
    """One of the four: what it is, who stands for it, as what, and a line below."""

    label: str
    name: str
    post: str = ""
    note: str = ""


def get_bodies(compound: Compound, *, posts: Sequence[CrossPost], grids: Sequence[Grid]) -> list[Body]:
    """Return the four bodies of a compound that comes with its branch. No query."""
    return [_branch(compound), _owners(compound, posts), _property(compound), _grids(grids)]


def joined(words: Sequence[str]) -> str:
    """Return words as one line."""
    return pgettext("between notes", ", ").join(word for word in words if word)


def _branch(compound: Compound) -> Body:
    branch, label = compound.branch, _("Compound branch")
    if branch is None:
        return Body(label, _("No branch yet"), note=_("The community enters it here when it is founded."))
    members = ngettext("%(number)s member", "%(number)s members", branch.members_registered)
    founded = _("founded %(year)s") % {"year": branch.founded_on.year} if branch.founded_on else ""
    note = [members % {"number": branch.members_registered}, founded, str(branch.get_form_display())]
    return Body(
        label, branch.secretary or branch.name, _("secretary") if branch.secretary else "", joined(note)
    )


def _owners(compound: Compound, posts: Sequence[CrossPost]) -> Body:
    label = _("Owners' body")
    if compound.owners_body == Compound.OwnersBody.NONE:
        return Body(
            label, _("No owners' body yet"), note=_("Decided by the owners together, as the law says.")
        )
    crossed = sum(post.body == CrossPost.Body.OWNERS_BODY for post in posts)
    note = []
    if compound.owners_body_term:
        note.append(_("term %(number)s") % {"number": compound.owners_body_term})
    members = ngettext("%(number)s person", "%(number)s people", compound.owners_body_members)
    note.append(members % {"number": compound.owners_body_members})
    note.append(_("%(number)s of them Party members") % {"number": compound.owners_body_party_members})
    if crossed:
        note.append(_("%(number)s with posts in the branch") % {"number": crossed})
    chair = compound.owners_body_chair
    name = chair or str(compound.get_owners_body_display())
    return Body(str(compound.get_owners_body_display()), name, _("chair") if chair else "", joined(note))


def _property(compound: Compound) -> Body:
    mode, until = str(compound.get_property_mode_display()), compound.property_contract_until
    ends = _("contract until %(month)s") % {"month": date_format(until, "YEAR_MONTH_FORMAT")} if until else ""
    if not compound.property_firm:
        return Body(_("Property management"), mode, note=ends)
    return Body(_("Property management"), compound.property_firm, note=joined([mode, ends]))


def _grids(grids: Sequence[Grid]) -> Body:
    if not grids:
        return Body(
            pgettext("bodies", "Grids"), _("In no grid yet"), note=_("Grids are drawn by the community.")
        )
    number = ngettext("%(number)s grid", "%(number)s grids", len(grids)) % {"number": len(grids)}
    first, *more = [grid.code for grid in grids]
    codes = pgettext("between codes", ", ").join([first, *(code[-CODE_DIGITS:] for code in more)])
    return Body(pgettext("bodies", "Grids"), number, note=joined([codes, _("one for Party and governance")]))
