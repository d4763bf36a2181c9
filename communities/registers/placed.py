"""What registers by community share: the place, what nobody may enter, who may write there."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.encryption.personal import Personal, find_personal, tidy_phone
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row
from kunming_portal.spreadsheets.values import same

# An ID-card number with a slip in it is one all the same
ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
COMMUNITY = Column(
    "community",
    gettext_lazy("Community code"),
    Kind.CODE,
    key=True,
    max_length=12,
    width=16,
    note=gettext_lazy("12 digits, as in the export."),
)
COMMUNITY_NAME = Column(
    "community_name",
    gettext_lazy("Community name"),
    Kind.TEXT,
    max_length=60,
    note=gettext_lazy("For reading only; the code counts."),
)


class PlacedRegister(Register):
    """A register whose rows lie in communities. `phones`: columns that hold a telephone number."""

    right = P.COMMUNITY_KEEP
    phones: ClassVar[Collection[str]] = ()

    def check_places(self, rows: Sequence[Row], *, by: User) -> Iterator[Fault]:
        """Yield a fault for a community that is unknown or outside the territory. Three queries at most."""
        codes = {row.values["community"] for row in rows}
        found = Division.objects.filter(code__in=codes, level=Division.Level.COMMUNITY)
        known = set(found.values_list("code", flat=True))
        prefixes = by.scope(self.right).prefixes
        for row in rows:
            code = row.values["community"]
            if code not in known:
                yield Fault(row.number, "community", _("There is no community with this code."))
            elif not code.startswith(prefixes):
                yield Fault(row.number, "community", _("This community lies outside your territory."))

    def check_personal(self, rows: Sequence[Row]) -> Iterator[Fault]:
        """Yield a fault for every ID-card number, wherever it stands, and for a phone where none belongs. No query."""
        texts = [c.name for c in self.columns if c.kind in (Kind.TEXT, Kind.CODE) and c.name != "grid"]
        for row in rows:
            for name in texts:
                sentence = self._personal(name, row.values.get(name) or "")
                if sentence:
                    yield Fault(row.number, name, sentence)

    def _personal(self, name: str, text: str) -> str:
        if len(text) < 7:
            return _("This is no phone number.") if name in self.phones and text else ""
        found = find_personal(text)
        if found == Personal.CITIZEN_NUMBER or ID_NUMBER.search(unicodedata.normalize("NFKC", text)):
            return _("An ID-card number stands here. The register keeps none; take it out.")
        if name in self.phones:
            return "" if tidy_phone(text) else _("This is no phone number.")
        return _("A mobile number stands here; take it out.") if found == Personal.MOBILE else ""

    def check_period(self, rows: Sequence[Row]) -> Iterator[Fault]:
        """Yield a fault for a last day before the first. No query."""
        for row in rows:
            first, last = row.values.get("starts_on"), row.values.get("ends_on")
            if first and last and last < first:
                yield Fault(row.number, "ends_on", _("The last day lies before the first."))

    def check_ended(self, rows: Sequence[Row], ended: Collection[Key], *, by: User) -> Iterator[Fault]:
        """Yield a fault for a row that changes what has ended, as its page refuses it. The queries of `existing`."""
        there = self.existing(rows, by=by) if ended else {}
        for row in rows:
            key = self.key_of(row.values)
            known = there.get(key) if key in ended else None
            changes = known is not None and any(
                column.name in known and not same(column, known[column.name], row.values[column.name])
                for column in self.columns
            )
            if changes:
                yield Fault(row.number, "", _("It has ended; nothing can be changed."))
