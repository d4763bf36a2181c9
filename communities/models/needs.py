"""What a community needs and what posts it offers; units and members who checked in claim it (domain.md §3.1)."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.models.check_ins import CheckIn, ServiceClass
from communities.models.findable import Findable
from communities.querysets import NeedQuerySet
from kunming_portal.accounts.models import User
from kunming_portal.divisions.models import Division


class CommunityNeed(Findable):
    """A need or a post. What may follow on what stands in `MOVES`; `services.needs` alone writes the state."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("need", "Open")
        CLAIMED = "claimed", pgettext_lazy("need", "Claimed")
        DONE = "done", pgettext_lazy("need", "Done")
        WITHDRAWN = "withdrawn", pgettext_lazy("need", "Withdrawn")

    community = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="needs", verbose_name=_("community")
    )
    title = models.CharField(_("title"), max_length=60)
    service_class = models.ForeignKey(
        ServiceClass,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="needs",
        verbose_name=_("service class"),
    )
    text = models.TextField(_("what is needed"), max_length=500, blank=True)
    times = models.CharField(_("when"), max_length=60, blank=True)
    wanted = models.PositiveSmallIntegerField(_("how many people"), default=1)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta(Findable.Meta):
        verbose_name = _("need of a community")
        verbose_name_plural = _("needs of communities")
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted__gte=1, wanted__lte=500),
                name="need_wants_somebody",
                violation_error_message=_("Between 1 and 500 people."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="need_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "claimed"], ended_at=None, outcome="")
                | (Q(state__in=["done", "withdrawn"], ended_at__isnull=False) & ~Q(outcome="")),
                name="ended_need_says_what_came_of_it",
                violation_error_message=_("Say what came of it."),
            ),
            models.UniqueConstraint(
                fields=["community", "title", "starts_on"],
                name="need_is_published_once",
                violation_error_message=_("This need was published already for this day."),
            ),
        ]
        indexes = [
            *Findable.Meta.indexes,
            # lists of a territory, newest first
            models.Index(fields=["community", "-id"], name="need_of_community"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the need's page."""
        return reverse("need", args=[self.pk])

    @property
    def stream(self) -> str:
        """The name of its history in the trail."""
        return f"need:{self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether somebody may still claim it or serve."""
        return self.state in {self.State.OPEN, self.State.CLAIMED}

    def keep_words(self) -> None:
        """Keep what the need is found by."""
        self.found_by(self.title, plain=[self.text, self.times])


# The workflow of a need: from which states each move is possible
MOVES: dict[str, frozenset[str]] = {
    "change": frozenset({CommunityNeed.State.OPEN}),
    "claim": frozenset({CommunityNeed.State.OPEN}),
    "release": frozenset({CommunityNeed.State.OPEN, CommunityNeed.State.CLAIMED}),
    "finish": frozenset({CommunityNeed.State.OPEN, CommunityNeed.State.CLAIMED}),
    "withdraw": frozenset({CommunityNeed.State.OPEN, CommunityNeed.State.CLAIMED}),
}


class NeedClaim(models.Model):
    """A check-in that takes on a need: a unit takes the whole of it, a member one place."""

    need = models.ForeignKey(
        CommunityNeed, on_delete=models.CASCADE, related_name="claims", verbose_name=_("need")
    )
    check_in = models.ForeignKey(
        CheckIn, on_delete=models.PROTECT, related_name="claims", verbose_name=_("check-in")
    )
    claimed_at = models.DateTimeField(_("claimed"))
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("claim of a need")
        verbose_name_plural = _("claims of needs")
        constraints = [
            models.UniqueConstraint(
                fields=["need", "check_in"],
                name="need_is_claimed_once_by_each",
                violation_error_message=_("Claimed already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.check_in_id}"
