"""What happened to items, requests and asks, in words: for their histories and for the trail's pages."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

BURDEN_EVENTS: dict[str, str | Promise] = {
    "work_item.added": pgettext_lazy("event", "Item put onto a list"),
    "work_item.changed": pgettext_lazy("event", "Item of a list corrected"),
    "work_item.taken_off": pgettext_lazy("event", "Item taken off a list"),
    "work_items.imported": pgettext_lazy("event", "Lists of community work imported"),
    "work_items.step": pgettext_lazy("event", "Step of the lists noted"),
    "admission.applied": pgettext_lazy("event", "Admission applied for"),
    "admission.completed": pgettext_lazy("event", "Request for admission handed in again"),
    "admission.withdrawn": pgettext_lazy("event", "Request for admission withdrawn"),
    "admission.admitted": pgettext_lazy("event", "Work admitted"),
    "admission.refused": pgettext_lazy("event", "Work not admitted"),
    "admission.returned": pgettext_lazy("event", "Request for admission returned"),
    "ask.recorded": pgettext_lazy("event", "Ask of a community recorded"),
    "ask.refused": pgettext_lazy("event", "Ask refused by the community"),
    "ask.taken_back": pgettext_lazy("event", "Refusal of an ask taken back"),
    "asks.imported": pgettext_lazy("event", "Asks of communities imported"),
}
