"""The pages of objection and consultation."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kunming_portal.ui import moments
from kunming_portal.workdays.selectors import get_calendar
from whistle import services
from whistle.facts import objection_until
from whistle.forms import objections as forms
from whistle.forms.moves import Subject
from whistle.selectors import rule_of
from whistle.views.actions.action import Action, duty
from whistle.workflow import Move


def until_when(on: Subject) -> str:
    """Return until when the unit may object, and what follows from it."""
    until = objection_until(duty(on), rule=rule_of(on.whistle), calendar=get_calendar())
    words = {"moment": moments.moment(until, on.now)}
    if until < on.now:
        return ""  # the refusal says it
    return (
        gettext(
            "Possible until %(moment)s, once. It counts as signing; your clocks stand until it is decided. "
            "The closing limit of the case runs on."
        )
        % words
    )


OBJECTIONS: dict[Move, Action] = {
    Move.OBJECT_TO: Action(
        forms.ObjectForm,
        lambda on, typed, how: services.object_to(assignment=duty(on), **typed, **how),
        done=_("Objected; whoever decides was told."),
        lede=until_when,
    ),
    Move.DECIDE_OBJECTION: Action(
        forms.DecideObjectionForm,
        lambda on, typed, how: services.decide_objection(assignment=duty(on), **typed, **how),
        done=_("Decided; the units were told."),
        lede=_("Upheld, nothing is counted against the unit. The closing limit runs on either way."),
    ),
    Move.CONSULT: Action(
        forms.ConsultForm,
        lambda on, typed, how: services.consult(whistle=on.whistle, **typed, **how),
        done=_("Recorded; the units were told."),
        lede=_("Several units object. What the consultation decides is final."),
    ),
}
