"""Files in forms. Each file that is taken is kept for the person and the form, so a refused form does not lose it."""

import uuid
from typing import Any, BinaryIO, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile as Uploaded
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.attachments import services
from kunming_portal.attachments.limits import FILES_PER_FORM, FileRefused
from kunming_portal.attachments.models import Attachment
from kunming_portal.ui import moments
from kunming_portal.ui.widgets import Tiles
from kunming_portal.ui.words import CHOOSE, Words
from whistle.models import Case, Evidence
from whistle.services.evidence import Piece

Moment = Evidence.Moment
PLACE = _("Read the place from the photo")
PLACE_HINT = _(
    "Only where you agree: the case gets the place at which the photo was taken. What is stored of the photo never "
    "holds a place, a device or a name."
)


class FilesInput(forms.FileInput):
    """A file control that takes several at once; on a telephone it offers the camera."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> "list[Uploaded[Any]]":
        """Return all files of the control."""
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class FilesField(forms.Field):
    """Photos and papers; drawn with those that are kept already."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False, widget=FilesInput, template_name="whistle/evidence/field.html", **kwargs
        )

    def validate(self, value: object) -> None:
        """Leave it to the form whether any is needed: it knows those that are kept already."""


class WithFiles(forms.Form):
    """A form that takes files. `uploads` is its key: what was kept under it shows again when it comes back."""

    uploads = forms.UUIDField(widget=forms.HiddenInput, required=False)
    photos = FilesField(label=_("Photos or papers"))
    sender: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("uploads", uuid.uuid4())
        if self.is_bound and _as_key(self.data.get("uploads")) is None:
            data = QueryDict(mutable=True)
            data.update(self.data)
            data["uploads"] = str(uuid.uuid4())
            self.data = data

    @property
    def key(self) -> uuid.UUID:
        """The key of this form."""
        found = _as_key(self.data.get("uploads") if self.is_bound else self.initial["uploads"])
        assert found is not None, "a bound form got one in __init__"
        return found

    @property
    def kept(self) -> list[Attachment]:
        """The files kept so far for this person and this form. One query."""
        rows = Attachment.objects.kept_by(self.sender).of_form(self.key)
        return list(rows.order_by("uploaded_at", "id"))

    def clean_photos(self) -> list[Attachment]:
        """Keep what arrived, forget what was ticked off; return everything that is kept.

        A file that is refused says why; the others stay.
        """
        _forget(self.kept, set(_all(self.data, "leave_out")), by=self.sender)
        room = FILES_PER_FORM - len(self.kept)
        arrived: list[Uploaded[Any]] = self.cleaned_data["photos"]
        refusals = [sentence for file in arrived[:room] if (sentence := self._keep(file))]
        if len(arrived) > room:
            refusals.append(too_many(len(arrived) - room))
        if refusals:
            raise ValidationError(refusals)
        return self.kept

    def _keep(self, file: "Uploaded[Any]") -> str:
        """Keep one file; return why not, or nothing."""
        agreed = "with_place" in self.fields and bool(self.data.get("with_place"))
        try:
            services.keep(
                file=cast(BinaryIO, file.open()),
                name=file.name or "",
                form=self.key,
                by=self.sender,
                now=timezone.now(),
                with_place=agreed,
            )
        except FileRefused as refused:
            return refused.sentence
        return ""

    def pieces(self, *, moment: str, caption: str = "", pair: str = "") -> list[Piece]:
        """Return what services attach, each file with the same words. Only after `is_valid`."""
        earlier = int(pair) if pair else None
        return [
            Piece(file.pk, moment=moment, caption=caption, pair=earlier)
            for file in self.cleaned_data["photos"]
        ]


class FilesForm(WithFiles):
    """Files alone, sent while the rest of the form is still being written."""

    with_place = forms.BooleanField(required=False)

    def __init__(self, *args: Any, sender: User, **kwargs: Any) -> None:
        self.sender = sender
        super().__init__(*args, **kwargs)


class EvidenceForm(WithFiles):
    """Pictures and papers added to a case: when they were taken, what they show, which earlier picture they match."""

    moment = forms.ChoiceField(label=_("Which moment do they show"), choices=Moment.choices, widget=Tiles)
    pair = forms.ChoiceField(
        label=_("Same spot as the earlier picture"),
        required=False,
        help_text=_("The two are shown side by side."),
        error_messages=CHOOSE,
    )
    caption = Words(label=_("What it shows"), max_length=60, required=False)
    with_place = forms.BooleanField(label=PLACE, required=False, help_text=PLACE_HINT)
    field_order = ("uploads", "photos", "with_place", "moment", "pair", "caption")

    def __init__(self, *args: Any, sender: User, case: Case, **kwargs: Any) -> None:
        self.sender = sender
        super().__init__(*args, **kwargs)
        self.initial.setdefault("moment", Moment.DURING)
        self.fields["photos"].required = True
        offer_pairs(self, case)

    def clean(self) -> dict[str, Any]:
        """Ask for the later moment when a pair is made, and for a file at all."""
        typed = self.cleaned_data
        if typed.get("pair") and typed.get("moment") not in {Moment.AFTER, None}:
            self.add_error(
                "pair", ValidationError(_("Only a picture taken afterwards is set beside an earlier one."))
            )
        if typed.get("photos") == []:
            self.add_error("photos", ValidationError(_("Choose at least one photo or document.")))
        return typed

    def evidence(self) -> list[Piece]:
        """Return what was chosen. Only after `is_valid`."""
        typed = self.cleaned_data
        return self.pieces(moment=typed["moment"], caption=typed["caption"], pair=typed.get("pair", ""))


def offer_pairs(form: forms.Form, case: Case, *, suggest: bool = False) -> None:
    """Offer the case's earlier pictures for the field `pair`; without any the question is left out. One query.

    `suggest` chooses the first that has no later one beside it.
    """
    rows = Evidence.objects.filter(case=case, moment=Moment.BEFORE).standing().photos().for_pairing()
    if not rows:
        del form.fields["pair"]
        return
    field = form.fields["pair"]
    assert isinstance(field, forms.ChoiceField)
    now = timezone.now()
    field.choices = [("", _("none"))] + [
        (str(pk), _picture(number, caption, moments.moment(added_at, now)))
        for number, (pk, caption, added_at, _has_later) in enumerate(rows, start=1)
    ]
    if suggest:
        form.initial.setdefault("pair", next((str(pk) for pk, *_rest, later in rows if not later), ""))


def _picture(number: int, caption: str, when: str) -> str:
    told = gettext("Picture %(number)d, %(when)s") % {"number": number, "when": when}
    return f"{told} {caption}".strip()


def too_many(number: int) -> str:
    """Return the sentence about files beyond the number a form takes."""
    return ngettext(
        "At most %(most)d files go with one form; %(number)d was not taken. Add it to the case afterwards.",
        "At most %(most)d files go with one form; %(number)d were not taken. Add them to the case afterwards.",
        number,
    ) % {"most": FILES_PER_FORM, "number": number}


def _forget(kept: list[Attachment], ticked: set[str], *, by: User) -> None:
    for file in kept:
        if str(file.pk) in ticked:
            services.drop(attachment=file, by=by)


def _all(data: Any, name: str) -> list[str]:
    """Return every value of a name; a plain mapping has one at most."""
    return list(data.getlist(name)) if hasattr(data, "getlist") else [data[name]] if name in data else []


def _as_key(text: Any) -> uuid.UUID | None:
    try:
        return text if isinstance(text, uuid.UUID) else uuid.UUID(str(text))
    except ValueError:
        return None
