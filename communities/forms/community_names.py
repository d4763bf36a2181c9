"""How a form asks for a community: not at all, by a select, or by its name. Nobody types a code."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from kunming_portal.divisions.models import Division
from kunming_portal.divisions.querysets import DivisionQuerySet
from kunming_portal.ui.words import CHOOSE

MOST_IN_A_SELECT = 60
MOST_NAMED = 3


class CommunityName(forms.CharField):
    """A community by its name or pinyin, with its street or county before it where names repeat."""

    def __init__(self, communities: DivisionQuerySet, **kwargs: Any) -> None:
        super().__init__(max_length=60, error_messages={"required": gettext_lazy("Fill this in.")}, **kwargs)
        self.communities = communities

    def clean(self, value: Any) -> Any:
        """Return the one community all words fit. One query."""
        text = super().clean(value)
        if not text:
            return None
        found = self.communities.select_related("parent__parent")
        for word in text.lower().split():
            found = found.filter(
                Q(search_text__contains=word)
                | Q(parent__search_text__contains=word)
                | Q(parent__parent__search_text__contains=word)
            )
        rows = list(found.order_by("code")[: MOST_NAMED + 1])
        exact = [row for row in rows if text.split()[-1] in (row.name, row.short_name)]
        if len(rows) == 1 or len(exact) == 1:
            return (rows if len(rows) == 1 else exact)[0]
        if not rows:
            raise ValidationError(_("No community of this name lies where you may write."), code="unknown")
        raise ValidationError(
            _("Several communities fit: %(names)s. Write the street before the name.")
            % {"names": pgettext("between names", ", ").join(map(named, rows[:MOST_NAMED]))},
            code="ambiguous",
        )


class CommunityChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """A community out of few, by its name."""

    def label_from_instance(self, community: Division) -> str:
        """Return the name as people say it."""
        return community.place_name


def community_field(communities: DivisionQuerySet) -> forms.Field | None:
    """Return the field that asks for one of these communities; None where there is one only. At most one query."""
    codes = list(communities.order_by("code").values_list("pk", flat=True)[: MOST_IN_A_SELECT + 1])
    if len(codes) == 1:
        return None
    if len(codes) > MOST_IN_A_SELECT:
        return CommunityName(
            communities,
            label=gettext_lazy("Community"),
            help_text=gettext_lazy("Name or pinyin; where names repeat the street before it."),
        )
    return CommunityChoice(
        communities.filter(pk__in=codes).order_by("code"),
        label=gettext_lazy("Community"),
        error_messages=CHOOSE,
        empty_label=gettext_lazy("Choose a community"),
    )


def named(community: Division) -> str:
    """Return a community with its street before it."""
    return f"{community.parent.place_name if community.parent is not None else ''}{community.place_name}"
