"""The two lists of community work: as of any day, one item, its way onto the list and off it, their history."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from communities.filtersets.burden import ITEM_STATES, LISTS, WorkItemFilter
from communities.forms.burden import ExitForm, ItemForm, StepForm
from communities.models import Frequency, WorkItem
from communities.presenters import burden as presenter
from communities.presenters import histories
from communities.selectors import count_lists, get_list_steps, get_work_items
from communities.services import work_items as services
from communities.views.frame import Listing, form_page, list_page, signed_in
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission as P
from kunming_portal.divisions.models import Division
from kunming_portal.organisations.models import Unit
from kunming_portal.ui import keypages
from kunming_portal.ui.fragments import Field, as_choices

BY_NUMBER = (keypages.Column("number", str), keypages.Column("id"))


def sees_lists(user: User) -> None:
    """Let nobody in who neither sees communities nor applies for what they are to do (403)."""
    if not (user.can(P.COMMUNITY_VIEW) or user.can(P.BURDEN_APPLY)):
        raise PermissionDenied(
            _("These pages belong to communities and to those who want something of them.")
        )


def visible_item(user: User, pk: int) -> WorkItem:
    """Return the item, or 404: what holds elsewhere is not there."""
    return get_object_or_404(get_work_items(user=user).select_related("scope", "unit"), pk=pk)


def offered_places(user: User) -> QuerySet[Division]:
    """Return the places for which this person keeps the lists: the own seat and what lies directly below. One query."""
    seats = [
        a.unit.division_id
        for a in user.acting_appointments
        if P.BURDEN_DECIDE in a.role_definition.allows and a.unit.kind in services.DECIDERS
    ]
    own = Division.objects.filter(pk__in=seats)
    return own | Division.objects.filter(parent__in=seats).level("county", "street").real()


@require_GET
def work_items(request: HttpRequest) -> HttpResponse:
    """List the items in force as of a day, today unless the address says otherwise."""
    user, today = signed_in(request), timezone.localdate()
    sees_lists(user)
    rules = services.get_rules()
    seen = get_work_items(user=user).select_related("scope")
    chosen = WorkItemFilter(
        request.GET, queryset=seen, request=request, today=today, warn_days=rules.warn_days
    )
    day = chosen.day_shown
    listing = Listing(
        template="communities/burden/items.html",
        fragment="communities/burden/items_list.html",
        columns=BY_NUMBER,
        present=lambda rows: presenter.item_rows(rows, day=day, warn_days=rules.warn_days),
        register="work-items",
        context={
            "day": day,
            "is_today": day == today,
            "counts": count_lists(day),
            "may_keep": services.may_keep_lists(user),
            "words_hint": _("Number, title, department, pinyin"),
        },
    )
    return list_page(request, listing, chosen=chosen, choices=_choices(request, seen))


@require_GET
def work_item(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one item: what it is, until when, where it came from, who asked for it lately."""
    user, now = signed_in(request), timezone.now()
    found = visible_item(user, pk)
    today = timezone.localdate(now)
    light, word = presenter.item_light(found, day=today, warn_days=services.get_rules().warn_days)
    context = {
        "now": now,
        "item": found,
        "light": light,
        "word": word,
        "hours": presenter.month_words(found),
        "request_of": getattr(found, "request", None),
        "moves": presenter.item_moves(found, user, day=today),
        "days": histories.get_history(found.stream),
    }
    return render(request, "communities/burden/item.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Put an item onto a list."""
    user = signed_in(request)
    sees_lists(user)
    return _item_form(request, user, None)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Correct what stands in an item."""
    user = signed_in(request)
    return _item_form(request, user, visible_item(user, pk))


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take an item off its list."""
    user, now = signed_in(request), timezone.now()
    found = visible_item(user, pk)
    context = {
        "title": _("Take off the list"),
        "verb": _("Take off the list"),
        "icon": "x-circle",
        "lede": str(found),
        "refusal": "" if services.can_decide(found.scope_id, by=user) else _not_yours(),
    }
    return form_page(
        request,
        ExitForm(request.POST or None, initial={"last_day": timezone.localdate(now)}),
        lambda typed: services.take_off(item=found, by=user, now=now, **typed),
        context=context,
        done=_("It leaves the list."),
        back=found.get_absolute_url(),
    )


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """The history of the two lists: each step with its document, the counts on its day, and on any day asked for."""
    user, today = signed_in(request), timezone.localdate()
    sees_lists(user)
    steps = list(get_list_steps())
    asked = _day(request.GET.get("day", "")) or today
    now_counts = count_lists(asked)
    most = max([step.items for step in steps] + [now_counts["items"], 1])  # type: ignore[attr-defined]
    most_stamps = max([step.stamps for step in steps] + [now_counts["stamps"], 1])  # type: ignore[attr-defined]
    context = {
        "now": timezone.now(),
        "steps": [
            (step, 100 * step.items / most, 100 * step.stamps / most_stamps)  # type: ignore[attr-defined]
            for step in steps
        ],
        "asked": asked,
        "is_today": asked == today,
        "counts": now_counts,
        "bars": (100 * now_counts["items"] / most, 100 * now_counts["stamps"] / most_stamps),
        "wrong": bool(request.GET.get("day")) and _day(request.GET["day"]) is None,
        "may_note": _is_city_office(user),
    }
    return render(request, "communities/burden/history.html", context)


@require_http_methods(["GET", "POST"])
def step_new(request: HttpRequest) -> HttpResponseBase:
    """Note a step in the history of the lists."""
    user, now = signed_in(request), timezone.now()
    sees_lists(user)
    context = {
        "title": _("Note a step of the lists"),
        "verb": pgettext("verb", "Note"),
        "icon": "plus-lg",
        "lede": _("The counts are read from the items; only the day and the document are entered."),
        "refusal": ""
        if _is_city_office(user)
        else _("The leading group's office keeps the history of the lists."),
    }
    return form_page(
        request,
        StepForm(request.POST or None, initial={"day": timezone.localdate(now)}),
        lambda typed: services.note_step(by=user, now=now, **typed),
        context=context,
        done=_("Noted."),
        back=reverse("list-history"),
    )


def _item_form(request: HttpRequest, user: User, item: WorkItem | None) -> HttpResponseBase:
    places = list(offered_places(user))
    if item is not None and item.scope_id not in {one.pk for one in places}:
        places.append(item.scope)
    initial: dict[str, Any] = {
        "valid_from": timezone.localdate(),
        "frequency": Frequency.AS_NEEDED,
        "hours": 0,
    }
    if item is not None:
        initial = {name: getattr(item, name) for name in ItemForm.base_fields}
    title = _("Correct the item") if item is not None else _("Put an item onto a list")
    may = services.may_keep_lists(user) if item is None else services.can_decide(item.scope_id, by=user)
    context = {
        "title": title,
        "verb": pgettext("verb", "Keep"),
        "icon": "check2",
        "refusal": "" if may else _not_yours(),
    }

    def run(typed: dict[str, Any]) -> WorkItem:
        work = services.Work(unit=_unit_named(typed["department"]), **typed)
        return services.keep_item(work=work, by=user, now=timezone.now(), item=item)

    return form_page(
        request,
        ItemForm(request.POST or None, initial=initial, places=places),
        run,
        context=context,
        done=_("The item is on its list."),
        back=item.get_absolute_url() if item is not None else reverse("work-items"),
    )


def _unit_named(name: str) -> Unit | None:
    """Return the only unit of this name, if there is one: names of departments are unique, of communities not."""
    found = list(Unit.objects.active(timezone.localdate()).filter(name=name.strip())[:2])
    return found[0] if len(found) == 1 else None


def _is_city_office(user: User) -> bool:
    return any(
        P.BURDEN_DECIDE in a.role_definition.allows and a.unit.kind == Unit.Kind.LEADING_GROUP
        for a in user.acting_appointments
    )


def _not_yours() -> str:
    return _("The leading group's office or the county Party committee of this place decides here.")


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _choices(request: HttpRequest, seen: QuerySet[WorkItem]) -> list[Field]:
    """Return the selects: list, department, frequency, state, the days of the steps. Two queries."""
    get = request.GET.get
    names = seen.order_by("department").values_list("department", flat=True).distinct()
    days = [
        (step.day.isoformat(), _("As of %(day)s") % {"day": step.day.isoformat()})
        for step in get_list_steps()
    ]
    day = get("day", "")
    if day and _day(day) and day not in dict(days):
        days.append((day, _("As of %(day)s") % {"day": day}))
    return [
        Field("list", _("Both lists"), as_choices(LISTS), get("list", "")),
        Field("department", _("All departments"), [(name, name) for name in names], get("department", "")),
        Field("frequency", _("Any frequency"), as_choices(Frequency.choices), get("frequency", "")),
        Field("state", pgettext("work items", "In force"), as_choices(ITEM_STATES), get("state", "")),
        Field("day", _("As of today"), days, day),
    ]
