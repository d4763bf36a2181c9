"""The form with which a unit names its handler."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.accounts.selectors import get_present
from kunming_portal.ui.words import CHOOSE, Words, area
from whistle.forms.moves import MoveForm, Subject


class DelegateForm(MoveForm):
    """Who of the unit has it in hand, and what they are to know."""

    to = forms.ModelChoiceField(
        User.objects.none(), label=_("Handler"), empty_label=_("Choose"), error_messages=CHOOSE
    )
    words = Words(label=_("What to know"), max_length=300, required=False, widget=area())

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        duty = subject.assignment
        if duty is None:
            return
        field = self.fields["to"]
        field.queryset = get_present(  # type: ignore[attr-defined]
            permission=Permission.ASSIGNMENT_HANDLE, unit=duty.unit
        )
        if duty.handler_id is not None:
            field.required, field.empty_label = False, _("Nobody: the whole unit")  # type: ignore[attr-defined]
            self.initial.setdefault("to", duty.handler_id)
