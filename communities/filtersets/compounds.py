"""What the list of compounds can be filtered by."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.models import Compound
from communities.querysets import CompoundQuerySet
from kunming_portal.divisions.filters import WithinFilter

LED = [("yes", _("With a branch")), ("no", _("Without a branch"))]
ENDED = [("yes", _("No longer in use"))]


class CompoundFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Filters over compounds; each narrows. Give it compounds the reader may see. Ended ones only when asked for."""

    q = django_filters.CharFilter(label=_("Search"), method="by_words", max_length=100)
    kind = django_filters.ChoiceFilter(label=_("Type"), choices=Compound.Kind.choices)
    property_mode = django_filters.ChoiceFilter(
        label=_("Property management"), choices=Compound.PropertyMode.choices
    )
    owners_body = django_filters.ChoiceFilter(label=_("Owners' body"), choices=Compound.OwnersBody.choices)
    led = django_filters.ChoiceFilter(label=_("Compound branch"), choices=LED, method="by_branch")
    division = WithinFilter(field_name="community__code")
    ended = django_filters.ChoiceFilter(label=_("No longer in use"), choices=ENDED, method="by_end")

    class Meta:
        model = Compound
        fields: list[str] = []

    def filter_queryset(self, queryset: CompoundQuerySet) -> QuerySet[Compound]:
        """Leave ended compounds out by default."""
        found: CompoundQuerySet = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("ended") else found.in_use()

    def by_words(self, compounds: CompoundQuerySet, _name: str, text: str) -> CompoundQuerySet:
        """Every word must occur in name, address or property firm, or in their pinyin or initials."""
        return compounds.search(text)

    def by_branch(self, compounds: CompoundQuerySet, _name: str, led: str) -> CompoundQuerySet:
        """Compounds with a branch, or without one."""
        return compounds.filter(branch__isnull=led == "no")

    def by_end(self, compounds: CompoundQuerySet, _name: str, _value: str) -> CompoundQuerySet:
        """Compounds that are no longer in use."""
        return compounds.exclude(ended_on=None)
