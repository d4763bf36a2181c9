"""What only a few cases show, walked through the services: returned, reopened, judged from above, left out."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from kunming_portal.accounts.models import User
from kunming_portal.demo import matters
from whistle import services
from whistle.models import Assignment, Whistle
from whistle.workflow import WhistleStatus

CENTRE = "530102003-centre"
ZHUANTANG = "530102003005-community"
W = WhistleStatus


def walk(*, now: datetime) -> None:
    """Make the moves at `now`, at the showcase street; what is not there at this hour is left out."""
    dispatcher = User.objects.get(username="street.dispatcher")
    _return(dispatcher, now)
    _reopen(dispatcher, now)
    _judge(dispatcher, now)
    _leave_out(now)


def _return(dispatcher: User, now: datetime) -> None:
    quiet = _street(W.AWAITING_ACCEPTANCE).filter(kind__is_emergency=False, case__due_at__gt=now)
    whistle = quiet.exclude(case__yellow_at__lt=now).order_by("-case__due_at", "id").first()
    if whistle is not None:
        services.return_whistle(whistle=whistle, reason=matters.RETURN_REASON, by=dispatcher, now=now)


def _reopen(dispatcher: User, now: datetime) -> None:
    recent = _street(W.CLOSED).filter(ended_at__gte=now - timedelta(days=25), kind__is_emergency=False)
    whistle = recent.exclude(verdict="").order_by("caller__code", "-ended_at", "id").first()
    if whistle is None or whistle.blown_by is None:
        return
    services.assess(whistle=whistle, opinion="justified", by=dispatcher, now=now)
    services.reopen(whistle=whistle, reason=matters.REOPEN_REASON, by=whistle.blown_by, now=now)


def _judge(dispatcher: User, now: datetime) -> None:
    whistle = _street(W.HANDLING).filter(caller__code=ZHUANTANG).order_by("id").first()
    if whistle is not None:
        services.assess(
            whistle=whistle,
            opinion="partly",
            cause="information",
            comment="到场后才知道涉及两栋楼，写清影响范围可以少跑一趟。",
            by=dispatcher,
            now=now,
        )


def _leave_out(now: datetime) -> None:
    """One request of each answer, asked by the enforcement squadron."""
    liaison = User.objects.get(username="street.enforcement")
    secretary = User.objects.get(username="street.secretary")
    duties = Assignment.objects.filter(
        unit__code="530102003-enforcement", whistle__status__in=[W.HANDLING, W.CLOSED]
    ).select_related("unit", "whistle__case__division", "whistle__receiver", "whistle__caller")
    told = (
        ("force", "连续暴雨，城区道路封闭，当天无法到场。", True, "气象预警属实，同意剔除。"),
        ("no_power", "该处由自来水公司养护，不在中队职责内。", False, "中队有现场劝导职责，应当到场。"),
        ("facts", "到场后未发现所述占道物品，已当场与社区核对。", None, ""),
    )
    for duty, (ground, reason, granted, decision) in zip(duties.order_by("-id")[:3], told, strict=False):
        asked = services.ask_exclusion(
            whistle=duty.whistle, assignment=duty, ground=ground, reason=reason, by=liaison, now=now
        )
        if granted is not None:
            services.decide_exclusion(
                exclusion=asked, granted=granted, decision=decision, by=secretary, now=now
            )


def _street(status: WhistleStatus) -> QuerySet[Whistle]:
    """Return the whistles the showcase street received, in this status."""
    return Whistle.objects.filter(receiver__code=CENTRE, status=status).select_related(
        "case__division", "kind", "caller__division", "receiver__division", "blown_by"
    )
