"""Community workers as a workbook. Pay is no column of it: it leaves only by an export of its own."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from communities.filtersets.workers import filtered
from communities.models import CommunityWorker, Education, PostClass
from communities.querysets import WorkerQuerySet
from communities.services.worker_imports import Changed, Entered, import_workers
from communities.services.worker_rights import keeper_of_workers
from communities.services.workers import EARLIEST
from kunming_portal.accounts.models import User
from kunming_portal.accounts.permissions import Permission
from kunming_portal.divisions.models import Division
from kunming_portal.spreadsheets.columns import Column, Kind
from kunming_portal.spreadsheets.registers import Fault, Key, Register, Row, Values


def post_choices() -> tuple[tuple[Any, Any], ...]:
    """Return the post classes in use. One query."""
    return tuple(
        PostClass.objects.filter(is_active=True).order_by("position", "pk").values_list("code", "name")
    )


class WorkerRegister(Register):
    """Who works for which community, in which post, since when."""

    key = "workers"
    title = gettext_lazy("Community workers")
    unit_name = gettext_lazy("community worker")
    right = Permission.WORKER_KEEP
    columns = (
        Column(
            "community_code",
            gettext_lazy("Code of the community"),
            Kind.CODE,
            key=True,
            max_length=12,
            note=gettext_lazy("12 digits."),
            width=16,
        ),
        Column(
            "community",
            gettext_lazy("Community"),
            Kind.TEXT,
            max_length=60,
            note=gettext_lazy(
                "For reading. May stay empty; a name that does not belong to the code is refused."
            ),
        ),
        Column("name", pgettext_lazy("of a person", "Name"), Kind.TEXT, key=True, max_length=40),
        Column(
            "started_on",
            gettext_lazy("In community work since"),
            Kind.DATE,
            key=True,
            note=gettext_lazy("Years of service count from this day."),
        ),
        Column(
            "education",
            gettext_lazy("Education"),
            Kind.CHOICE,
            required=True,
            choices=tuple(Education.choices),
        ),
        Column("post_class", gettext_lazy("Post class"), Kind.CHOICE, required=True, choices=post_choices),
        Column(
            "post_since",
            gettext_lazy("In this post since"),
            Kind.DATE,
            note=gettext_lazy("Needed when the post changes. Empty for a new worker: from the first day."),
        ),
        Column(
            "grade",
            pgettext_lazy("of workers", "Grade"),
            Kind.TEXT,
            max_length=20,
            note=gettext_lazy("Worked out by the portal; it is not imported."),
        ),
    )

    def queryset(self, user: User, query: QueryDict) -> QuerySet[CommunityWorker]:
        """Return the filtered list that the person sees."""
        rows = CommunityWorker.objects.seen_by(user, Permission.COMMUNITY_VIEW)
        chosen = filtered(query, rows.with_standing(timezone.localdate()))
        found: WorkerQuerySet = chosen.qs if chosen.is_valid() else CommunityWorker.objects.none()
        return found.order_by("community_id", "id")

    def rows(self, queryset: QuerySet[Any]) -> Iterator[Values]:
        """Yield the values of each worker. One query."""
        for worker in queryset.select_related("community").iterator(chunk_size=1000):
            yield _values(worker) | {
                "community": worker.community.short_name,
                "grade": worker.grade_name or "",
            }

    def lock(self, rows: Sequence[Row], *, by: User) -> None:
        """Lock the files these rows are about. One query."""
        list(_files(rows).select_for_update(of=("self",)).order_by("pk").values_list("pk"))

    def existing(self, rows: Sequence[Row], *, by: User) -> Mapping[Key, Values]:
        """Return the files of these rows within the person's reach. One query."""
        found = _standing(rows)
        return {
            key: _values(worker)
            for key, worker in found.items()
            if keeper_of_workers(worker.community_id, by=by) is not None
        }

    def check(self, rows: Sequence[Row], *, by: User, now: datetime) -> Iterator[Fault]:
        """Yield what is wrong: the community, its name, days, a post without its day, a grade. Two queries."""
        codes = {row.values["community_code"] for row in rows}
        places = {
            one.code: one for one in Division.objects.filter(code__in=codes, level=Division.Level.COMMUNITY)
        }
        there = _standing(rows)
        today = timezone.localdate(now)
        for row in rows:
            place = places.get(row.values["community_code"])
            if place is None or keeper_of_workers(place.code, by=by) is None:
                yield Fault(row.number, "community_code", _("There is no such community in your territory."))
                continue
            yield from _faults(row, place, there.get(self.key_of(row.values)), today)

    def save(self, new: Sequence[Row], changed: Sequence[Row], *, by: User, now: datetime) -> None:
        """Enter the new ones, correct the others; one trail entry. Ten queries, however many rows."""
        there = _standing(changed)
        import_workers(
            new=[_entered(row.values) for row in new],
            changed=[_changed(row.values, there[self.key_of(row.values)]) for row in changed],
            by=by,
            now=now,
        )


def _files(rows: Sequence[Row]) -> WorkerQuerySet:
    codes = {row.values["community_code"] for row in rows}
    names = {row.values["name"] for row in rows}
    return CommunityWorker.objects.filter(Q(community__in=codes), name__in=names)


def _standing(rows: Sequence[Row]) -> dict[Key, Any]:
    """Return the files of these rows by key, with post and grade of today. One query."""
    found = _files(rows).with_standing(timezone.localdate())
    return {(worker.community_id, worker.name, worker.started_on): worker for worker in found}


def _values(worker: Any) -> Values:
    return {
        "community_code": worker.community_id,
        "name": worker.name,
        "started_on": worker.started_on,
        "education": worker.education,
        "post_class": worker.post_code,
        "post_since": worker.post_since,
    }


def _faults(row: Row, place: Division, worker: Any | None, today: date) -> Iterator[Fault]:
    values = row.values
    if values["community"] and values["community"] not in (place.name, place.short_name):
        yield Fault(
            row.number,
            "community",
            _("This code is %(name)s. Correct the code or leave the name empty.")
            % {"name": place.short_name},
        )
    if not EARLIEST <= values["started_on"] <= today:
        yield Fault(row.number, "started_on", _("The day lies in the future, or before 1970."))
    grade = (worker.grade_name or "") if worker is not None else ""
    if values["grade"] and values["grade"] != grade:
        yield Fault(
            row.number, "grade", _("Grades are worked out by the portal. Leave the cell as it was, or empty.")
        )
    yield from _post_faults(row, worker, today)


def _post_faults(row: Row, worker: Any | None, today: date) -> Iterator[Fault]:
    values, since = row.values, row.values["post_since"]
    if worker is None:
        if since is not None and not values["started_on"] <= since <= today:
            yield Fault(
                row.number,
                "post_since",
                _("The post begins between the first day of community work and today."),
            )
        return
    if worker.left_on is not None and _values(worker) != {name: values[name] for name in _values(worker)}:
        yield Fault(row.number, "name", _("%(name)s has left.") % {"name": worker.name})
    elif values["post_class"] == worker.post_code:
        if since not in (None, worker.post_since):
            yield Fault(
                row.number, "post_since", _("The post is the same, so its first day stays as it was.")
            )
    elif since is None or not worker.post_since < since <= today:
        yield Fault(
            row.number,
            "post_since",
            _("The post changes: write from which day on, after %(day)s and not after today.")
            % {"day": worker.post_since.isoformat()},
        )


def _entered(values: Values) -> Entered:
    return Entered(
        community=values["community_code"],
        name=values["name"],
        started_on=values["started_on"],
        education=values["education"],
        post=values["post_class"],
        post_since=values["post_since"] or values["started_on"],
    )


def _changed(values: Values, worker: Any) -> Changed:
    if values["post_class"] == worker.post_code:
        return Changed(worker.pk, values["education"])
    return Changed(worker.pk, values["education"], values["post_class"], values["post_since"])
