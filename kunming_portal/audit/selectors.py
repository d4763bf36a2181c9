"""What other packages may ask about the state of the trail."""

from django.utils.translation import gettext_lazy as _

from kunming_portal.audit.checking import Kind
from kunming_portal.audit.models import Seal, Verification

KIND_NAMES = {
    Kind.ALTERED: _("an event was altered or added"),
    Kind.MISSING: _("events are missing"),
    Kind.ADDED: _("an event was added"),
    Kind.REORDERED: _("events changed places"),
    Kind.REWRITTEN: _("an event was rewritten with the key"),
    Kind.KEY: _("the key does not fit"),
    Kind.SEAL_ALTERED: _("a seal was altered"),
    Kind.SEAL_MISSING: _("a seal is missing"),
    Kind.SEAL_REPLACED: _("a seal was replaced"),
}


def get_last_verification() -> Verification | None:
    """Return the newest result of a nightly check. One query."""
    return Verification.objects.order_by("-id").first()


def get_last_seal() -> Seal | None:
    """Return the newest seal. One query."""
    return Seal.objects.order_by("-number").first()
