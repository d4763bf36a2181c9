"""Meetings of a big Party committee: topics, who came, what was decided. A decision that needs doing is a task."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.models.committees import BigCommittee, CommitteePost, PartTimeMember
from communities.models.undertakings import Undertaking
from communities.querysets import CommitteeMeetingQuerySet, MeetingDecisionQuerySet


class MeetingState(models.TextChoices):
    """How far a meeting is."""

    PLANNED = "planned", pgettext_lazy("meeting", "Planned")
    NOTIFIED = "notified", pgettext_lazy("meeting", "Members told")
    HELD = "held", pgettext_lazy("meeting", "Held")
    MINUTED = "minuted", pgettext_lazy("meeting", "Minutes written")


# The move, from which states it leads to which. Holding without a notice is possible: some meet at short notice
MEETING_MOVES: dict[str, tuple[tuple[MeetingState, ...], MeetingState]] = {
    "change": ((MeetingState.PLANNED,), MeetingState.PLANNED),
    "notify": ((MeetingState.PLANNED,), MeetingState.NOTIFIED),
    "hold": ((MeetingState.PLANNED, MeetingState.NOTIFIED), MeetingState.HELD),
    "decide": ((MeetingState.HELD,), MeetingState.HELD),
    "minute": ((MeetingState.HELD,), MeetingState.MINUTED),
}


class CommitteeMeeting(models.Model):
    """One joint meeting, numbered within the term."""

    committee = models.ForeignKey(
        BigCommittee, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("big Party committee")
    )
    number = models.PositiveSmallIntegerField(pgettext_lazy("meeting", "number"))
    planned_at = models.DateTimeField(pgettext_lazy("meeting", "begins"))
    place = models.CharField(pgettext_lazy("meeting", "place"), max_length=60)
    chair = models.CharField(pgettext_lazy("meeting", "chair"), max_length=30)
    guests = models.CharField(pgettext_lazy("meeting", "also invited"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED
    )
    notified_at = models.DateTimeField(pgettext_lazy("meeting", "members told"), null=True, blank=True)
    held_at = models.DateTimeField(pgettext_lazy("meeting", "held"), null=True, blank=True)
    minutes = models.TextField(pgettext_lazy("meeting", "minutes"), max_length=4000, blank=True)

    objects = CommitteeMeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting of a big Party committee")
        verbose_name_plural = _("meetings of big Party committees")
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "number"], name="meeting_number_is_unique_in_a_term"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "notified"], held_at=None)
                | Q(state__in=["held", "minuted"], held_at__isnull=False),
                name="held_meeting_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="minuted") & ~Q(minutes="") | ~Q(state="minuted") & Q(minutes=""),
                name="minuted_meeting_has_minutes",
            ),
        ]
        indexes = [
            # the next meeting of a committee
            models.Index(
                fields=["committee", "planned_at"],
                condition=Q(state__in=["planned", "notified"]),
                name="meeting_to_come",
            ),
        ]

    def __str__(self) -> str:
        words = {"community": self.committee.community.short_name, "number": self.number}
        return gettext("Meeting %(number)d, %(community)s") % words

    def get_absolute_url(self) -> str:
        """Return the meeting's page."""
        return reverse("committee-meeting", args=[self.pk])

    @property
    def is_over(self) -> bool:
        """Whether it was held."""
        return self.held_at is not None


class MeetingTopic(models.Model):
    """What a meeting talks about, and who put it on the list. Open until a decision belongs to it."""

    class Sort(models.TextChoices):
        IMPORTANT = "important", pgettext_lazy("topic", "Important matter")
        MAJOR = "major", pgettext_lazy("topic", "Major matter")
        DIFFICULT = "difficult", pgettext_lazy("topic", "Difficult matter")

    meeting = models.ForeignKey(CommitteeMeeting, on_delete=models.CASCADE, related_name="topics")
    place = models.PositiveSmallIntegerField(_("place on the list"))
    title = models.CharField(pgettext_lazy("meeting", "topic"), max_length=80)
    proposer = models.CharField(pgettext_lazy("meeting", "proposed by"), max_length=60, blank=True)
    sort = models.CharField(_("sort"), max_length=10, choices=Sort.choices, default=Sort.IMPORTANT)

    class Meta:
        verbose_name = _("topic of a meeting")
        verbose_name_plural = _("topics of meetings")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "place"], name="topic_has_its_place"),
        ]

    def __str__(self) -> str:
        return self.title


class MeetingAttendance(models.Model):
    """Whether a member came to a meeting: a fact, never a score (domain.md §9)."""

    class Came(models.TextChoices):
        PRESENT = "present", pgettext_lazy("attendance", "Present")
        EXCUSED = "excused", pgettext_lazy("attendance", "Excused")
        ABSENT = "absent", pgettext_lazy("attendance", "Absent")

    meeting = models.ForeignKey(CommitteeMeeting, on_delete=models.CASCADE, related_name="attendance")
    member = models.ForeignKey(
        PartTimeMember, on_delete=models.PROTECT, null=True, blank=True, related_name="attendance"
    )
    post = models.ForeignKey(
        CommitteePost, on_delete=models.SET_NULL, null=True, blank=True, related_name="attendance"
    )
    # as it was on that day
    name = models.CharField(_("name"), max_length=30)
    unit_name = models.CharField(_("unit of the member"), max_length=60, blank=True)
    came = models.CharField(_("attendance"), max_length=10, choices=Came.choices)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "name"], name="attendance_is_kept_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_came_display()}"


class MeetingDecision(models.Model):
    """What a meeting decided. How far its task is stands on the undertaking, nowhere else."""

    meeting = models.ForeignKey(CommitteeMeeting, on_delete=models.PROTECT, related_name="decisions")
    topic = models.ForeignKey(
        MeetingTopic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        verbose_name=pgettext_lazy("meeting", "topic"),
    )
    text = models.CharField(pgettext_lazy("meeting", "decision"), max_length=300)
    undertaking = models.OneToOneField(
        Undertaking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meeting_task",
        verbose_name=_("undertaking"),
    )

    objects = MeetingDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision of a meeting")
        verbose_name_plural = _("decisions of meetings")

    def __str__(self) -> str:
        return str(self.meeting)

    def get_absolute_url(self) -> str:
        """Return the page of its meeting."""
        return self.meeting.get_absolute_url()
