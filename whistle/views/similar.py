"""Before a case is written twice: what looks alike, and adding what was typed to that case instead."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kunming_portal.accounts.models import User
from kunming_portal.encryption.personal import tidy_phone
from kunming_portal.organisations.models import Unit
from whistle import services
from whistle.duplicates import Duplicate, Sought, suggest_duplicates
from whistle.forms.blow import BlowForm
from whistle.selectors import get_cases
from whistle.services.external_numbers import tidy
from whistle.views.case import signed_in

LEAST = 4  # characters of text or place from which looking makes sense
LONGEST = 2000


@require_POST
def case_similar(request: HttpRequest) -> HttpResponse:
    """Answer the blow form with what may be the same matter. By post: a phone must not stand in an address."""
    from_form = request.POST
    caller = caller_of(request)
    context = {
        "twins": twins_of(from_form, caller=caller, user=signed_in(request)) if caller else [],
        "caller": caller,
        "now": timezone.now(),
    }
    return render(request, "whistle/blow/twins.html", context)


def caller_of(request: HttpRequest) -> Unit | None:
    """Return the unit in whose name the person writes."""
    user = signed_in(request)
    held = [a.unit for a in user.acting_appointments if "case.open" in a.role_definition.allows]
    wanted = request.GET.get("caller", "")
    return next((unit for unit in held if str(unit.pk) == wanted), held[0] if held else None)


def twins_of(typed: Any, *, caller: Unit, user: User) -> list[Duplicate]:
    """Return what looks like the words typed so far; nothing while there are too few. At most five queries."""
    description, place = typed.get("description", "")[:LONGEST], typed.get("place", "")[:120]
    number = tidy(typed.get("number", ""))[:60]
    phone = tidy_phone(typed.get("reporter_phone", "")) or ""
    if len(description.strip()) < LEAST and len(place.strip()) < LEAST and not number and not phone:
        return []
    kind = typed.get("kind", "")
    sought = Sought(
        division_id=caller.division_id,
        description=description.replace("\x00", ""),
        place=place.replace("\x00", ""),
        kind_id=int(kind) if kind.isascii() and kind.isdecimal() and len(kind) < 10 else None,
        phone=phone,
        numbers=(number.replace("\x00", ""),),
    )
    return suggest_duplicates(sought, user=user, now=timezone.now())


def wants_a_look(request: HttpRequest, form: BlowForm, *, caller: Unit) -> list[Duplicate]:
    """Return the cases to ask about before writing: very alike, not seen yet, and not the form's own case."""
    if request.POST.get("looked"):
        return []
    user = signed_in(request)
    twins = twins_of(request.POST, caller=caller, user=user)
    if not any(twin.is_strong for twin in twins):
        return []
    # asked after the search: of two copies sent at once, the second may just have found what the first wrote
    sent = services.was_written(submission=form.cleaned_data["submission"], by=user)
    return [] if sent else twins


def join(request: HttpRequest, form: BlowForm) -> HttpResponse:
    """Add what was typed to a case as a note instead of writing a new one; refuses into the form.

    A reporter needs a case of their own, because each is kept with one case: the centre merges it.
    """
    user = signed_in(request)
    pk = request.POST.get("join", "")
    found = (
        get_cases(user=user).filter(pk=pk).first()
        if pk.isascii() and pk.isdecimal() and len(pk) < 15
        else None
    )
    if found is None:
        raise Http404
    if form["reporter_name"].value() or form["reporter_phone"].value():
        sentence = _("A reporter of their own needs a case of its own. Blow it; the centre merges the two.")
        raise services.MoveRefused(sentence, code="reporter")
    where, what = (str(form[name].value() or "").strip() for name in ("place", "description"))
    text = _("Told again: %(what)s") % {"what": what} if not where else f"{where}: {what}"
    if form.errors.get("description"):
        raise services.MoveRefused(_("Say what happened first; it becomes the note."), code="description")
    services.note(case=found, text=text[:1000], by=user, now=timezone.now())
    messages.success(request, _("Added to %(case)s.") % {"case": found})
    return redirect(found)
