"""What the trail's events are called on the pages of the audit administrator. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from kunming_portal.deadlines.ladder import Rung
from whistle.presenters.timeline import RUNGS
from whistle.workflow import MOVES

NAMES: dict[str, str | Promise] = {
    **{rule.audit: rule.label for rule in MOVES.values()},
    "case.opened": pgettext_lazy("event", "Case written"),
    "case.rewritten": pgettext_lazy("event", "Case rewritten"),
    "case.absorbed": pgettext_lazy("event", "Another case merged into it"),
    "case.released": pgettext_lazy("event", "A merged case taken out of it"),
    "case.numbered": pgettext_lazy("event", "External number added"),
    "case.noted": pgettext_lazy("event", "Note added"),
    "evidence.added": pgettext_lazy("event", "Pictures or papers added"),
    "evidence.removed": pgettext_lazy("event", "Picture or paper withdrawn"),
    "whistle.pressed": pgettext_lazy("event", "Pressed by hand"),
    "supervision.issued": pgettext_lazy("event", "Supervision notice issued"),
    "supervision.replied": pgettext_lazy("event", "Supervision notice answered"),
    "supervision.returned": pgettext_lazy("event", "Reply to a supervision notice sent back"),
    "supervision.closed": pgettext_lazy("event", "Supervision notice closed"),
    "instruction.given": pgettext_lazy("event", "Instruction given"),
    "instruction.reported": pgettext_lazy("event", "Instruction reported on"),
    "instruction.returned": pgettext_lazy("event", "Report on an instruction sent back"),
    "instruction.closed": pgettext_lazy("event", "Instruction confirmed as done"),
    "paper.taken": pgettext_lazy("event", "Paper taken"),
    "exclusion.asked": pgettext_lazy("event", "Exclusion asked for"),
    "exclusion.granted": pgettext_lazy("event", "Exclusion granted"),
    "exclusion.refused": pgettext_lazy("event", "Exclusion refused"),
    "config.catalogue.withdrawn": pgettext_lazy("event", "Catalogue entry withdrawn"),
    "config.catalogue.proposal_dismissed": pgettext_lazy(
        "event", "Proposed change of the catalogue dismissed"
    ),
    "delivery.sent_again": pgettext_lazy("event", "Given-up message sent again"),
    "reporter.revealed": pgettext_lazy("event", "Reporter's name and phone read"),
    "import.received": pgettext_lazy("event", "Workbook sent for import"),
    "import.confirmed": pgettext_lazy("event", "Import confirmed"),
    "import.saved": pgettext_lazy("event", "Import saved"),
    "import.cancelled": pgettext_lazy("event", "Import cancelled"),
    "import.failed": pgettext_lazy("event", "Import failed"),
    "list.exported": pgettext_lazy("event", "Case list exported"),
    "figures.exported": pgettext_lazy("event", "Figures exported"),
    "deadline.recalculated": pgettext_lazy("event", "Deadline computed again"),
    "config.recalculation.asked": pgettext_lazy("event", "Deadline change previewed"),
    "config.recalculation.confirmed": pgettext_lazy("event", "Deadline change confirmed"),
    "config.recalculation.done": pgettext_lazy("event", "Deadline change finished"),
    "config.recalculation.cancelled": pgettext_lazy("event", "Deadline change cancelled"),
    "config.recalculation.failed": pgettext_lazy("event", "Deadline change stopped"),
    "config.recalculation.exported": pgettext_lazy("event", "Deadline change exported"),
    "config.calendar_year.published": pgettext_lazy("event", "Notice on a year's holidays entered"),
    "config.local_day.entered": pgettext_lazy("event", "Days of a place entered"),
    "config.local_day.removed": pgettext_lazy("event", "Day of a place taken back"),
    "deadlines.recheck.finished": pgettext_lazy("event", "Running deadlines checked"),
    "account.signed_in": pgettext_lazy("event", "Signed in"),
    "account.signed_out": pgettext_lazy("event", "Signed out"),
    "account.sign_in_failed": pgettext_lazy("event", "Sign-in failed"),
    "account.sign_in_locked": pgettext_lazy("event", "Sign-in locked"),
    "account.password_changed": pgettext_lazy("event", "Password changed"),
    "account.user.password_given": pgettext_lazy("event", "Password given anew"),
    "account.user.unlocked": pgettext_lazy("event", "Account unlocked"),
    "account.channel_chosen": pgettext_lazy("event", "Quiet hours chosen"),
    "absence.recorded": pgettext_lazy("event", "Absence recorded"),
    "absence.ended": pgettext_lazy("event", "Absence ended"),
    "duty.shift_added": pgettext_lazy("event", "Shift put on the roster"),
    "duty.shift_ended": pgettext_lazy("event", "Shift taken off the roster"),
    "duty.handed_over": pgettext_lazy("event", "Duty handed over"),
    "duty.taken_over": pgettext_lazy("event", "Duty taken over"),
    "api_token.created": pgettext_lazy("event", "API token created"),
    "api_token.revoked": pgettext_lazy("event", "API token revoked"),
    # double report and volunteers
    "check_in.made": pgettext_lazy("event", "Checked in"),
    "check_in.changed": pgettext_lazy("event", "Check-in changed"),
    "check_in.ended": pgettext_lazy("event", "Check-in ended"),
    "service.recorded": pgettext_lazy("event", "Service recorded"),
    "service.corrected": pgettext_lazy("event", "Service record corrected"),
    "service.removed": pgettext_lazy("event", "Service record taken back"),
    "need.published": pgettext_lazy("event", "Need published"),
    "need.changed": pgettext_lazy("event", "Need changed"),
    "need.claimed": pgettext_lazy("event", "Need claimed"),
    "need.released": pgettext_lazy("event", "Claim of a need given back"),
    "need.finished": pgettext_lazy("event", "Need met"),
    "need.withdrawn": pgettext_lazy("event", "Need withdrawn"),
    "opinion.drafted": pgettext_lazy("event", "Yearly opinion drafted"),
    "opinion.reworded": pgettext_lazy("event", "Yearly opinion reworded"),
    "opinion.issued": pgettext_lazy("event", "Yearly opinion issued"),
    "opinion.taken": pgettext_lazy("event", "Paper of a yearly opinion taken"),
    "register.imported": pgettext_lazy("event", "Rows of a register imported"),
    "activity.written": pgettext_lazy("event", "Volunteer activity planned"),
    "activity.changed": pgettext_lazy("event", "Volunteer activity changed"),
    "activity.open": pgettext_lazy("event", "Sign-up of an activity opened"),
    "activity.closed": pgettext_lazy("event", "Sign-up of an activity closed"),
    "activity.done": pgettext_lazy("event", "Volunteer activity held"),
    "activity.cancelled": pgettext_lazy("event", "Volunteer activity cancelled"),
    "activity.signed_up": pgettext_lazy("event", "Volunteer signed up"),
    "activity.sign_up_taken_back": pgettext_lazy("event", "Sign-up taken back"),
    "volunteer_place.kept": pgettext_lazy("event", "Volunteer service point kept"),
}
# the first words of what the configuration pages write; the last says what happened to the row
ROWS: dict[str, str | Promise] = {
    "account.user": _("user"),
    "account.appointment": _("appointment"),
    "config.policy": _("deadline policy"),
    "config.kind": _("kind of whistle"),
    "config.catalogue": _("catalogue entry"),
    "config.sub_class": _("sub-class"),
    "config.rule": _("rule of a kind"),
    "config.unit": _("unit"),
    "config.division": _("division"),
    "config.calendar_day": _("calendar day"),
    "config.calendar_year": _("calendar year"),
    "config.working_hours": _("working hours"),
    "config.service_class": _("service class"),
    "config.volunteer_brand": _("volunteer brand"),
}
DONE: dict[str, str | Promise] = {
    "added": pgettext_lazy("event", "%(what)s added"),
    "changed": pgettext_lazy("event", "%(what)s changed"),
}


def name_of(event: str) -> str:
    """Return the event in the reader's language; one that has no name here keeps its code."""
    known = NAMES.get(event)
    if known is not None:
        return str(known)
    about, _dot, last = event.rpartition(".")
    if about == "deadline" and last in list(Rung):
        return pgettext("event", "Deadline: %(rung)s") % {"rung": RUNGS[Rung(last)][1]}
    if about in ROWS and last in DONE:
        return str(DONE[last]) % {"what": ROWS[about]}
    return event
