"""What changes who is there: absences with their stand-ins, and duty rosters."""

from kunming_portal.staffing.services.absences import StaffingRefused, end_absence, record_absence
from kunming_portal.staffing.services.handing import hand_over, take_over
from kunming_portal.staffing.services.rosters import Shift, add_shift, copy_week, end_shift

__all__ = [
    "Shift",
    "StaffingRefused",
    "add_shift",
    "copy_week",
    "end_absence",
    "end_shift",
    "hand_over",
    "record_absence",
    "take_over",
]
