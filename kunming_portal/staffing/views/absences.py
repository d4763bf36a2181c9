"""One's own absences, and those of the people whose unit one arranges."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kunming_portal.accounts.models import Absence, User
from kunming_portal.duty.models import DutyShift
from kunming_portal.errors import Refused
from kunming_portal.staffing import services
from kunming_portal.staffing.forms import AbsenceForm
from kunming_portal.staffing.selectors import get_absences, get_colleagues
from kunming_portal.ui import keypages

NEWEST = (keypages.Column("id", descending=True),)
FIELDS = {"starts_on", "ends_on", "stand_in"}


@require_http_methods(["GET", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """List absences; record one for oneself, or with `person` for a colleague whose unit one arranges (else 404)."""
    user = request.user
    assert isinstance(user, User)
    person = _person(request, user)
    if request.method == "POST":
        form = AbsenceForm(request.POST, person=person)
        if form.is_valid():
            try:
                done = services.record_absence(
                    person=person, by=user, now=timezone.now(), **form.cleaned_data
                )
            except Refused as refused:
                form.add_error(refused.code if refused.code in FIELDS else None, refused.sentence)
            else:
                messages.success(request, _recorded(done))
                return redirect(_address(person, user))
        return _page(request, user, person, form, status=422)
    today = timezone.localdate()
    form = AbsenceForm(person=person, initial={"starts_on": today, "ends_on": today})
    return _page(request, user, person, form)


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an absence early; others' absences are not found (404)."""
    user = request.user
    assert isinstance(user, User)
    absence = get_object_or_404(get_absences(user=user), pk=pk)
    try:
        services.end_absence(absence=absence, by=user, now=timezone.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, _("The absence has ended; nobody stands in any more."))
    return redirect(_address(absence.user, user))


def _person(request: HttpRequest, user: User) -> User:
    asked = request.GET.get("person", "")
    if not asked or asked == str(user.pk):
        return user
    if not asked.isdecimal():
        raise Http404
    return get_object_or_404(get_colleagues(user=user), pk=asked)


def _address(person: User, user: User) -> str:
    query = urlencode({"person": person.pk})
    return reverse("absences") if person.pk == user.pk else f"{reverse('absences')}?{query}"


def _recorded(absence: Absence) -> str:
    """Return what the toast says; shifts of these days are named, because the roster is somebody else's."""
    said = _("Recorded. %(name)s stands in and has been told.") % {"name": absence.stand_in}
    shifts = DutyShift.objects.filter(
        user=absence.user, starts_at__date__gte=absence.starts_on, starts_at__date__lte=absence.ends_on
    )
    number = shifts.count()
    if not number:
        return said
    return said + _(" The roster still has %(number)d shifts of these days; have them changed.") % {
        "number": number
    }


def _page(
    request: HttpRequest, user: User, person: User, form: AbsenceForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    page = keypages.read_page(get_absences(user=user), columns=NEWEST, query=request.GET.dict())
    context: dict[str, Any] = {
        "now": now,
        "form": form,
        "person": person,
        "is_self": person.pk == user.pk,
        "colleagues": list(get_colleagues(user=user)),
        "rows": [(row, *_standing(row, user)) for row in page.rows],
        "page": page.key,
    }
    return render(request, "staffing/absences.html", context, status=status)


def _standing(row: Absence, user: User) -> tuple[str, bool]:
    """Return the state of an absence in a word, and whether the reader may end it."""
    today = timezone.localdate()
    if row.ended_at is not None:
        return _("Ended early"), False
    if row.ends_on < today:
        return _("Over"), False
    may_end = row.stand_in_id != user.pk
    return (_("Away now") if row.starts_on <= today else _("To come")), may_end
