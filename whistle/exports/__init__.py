"""Lists as workbooks, one kind of list a module."""

from kunming_portal.spreadsheets.workbook import MOMENT, ExportRefused, export_list
from whistle.exports.cases import export_cases
from whistle.exports.exclusions import export_exclusions
from whistle.exports.holds import export_holds
from whistle.exports.recalculations import export_recalculation
from whistle.exports.tasks import export_tasks

__all__ = [
    "MOMENT",
    "ExportRefused",
    "export_cases",
    "export_exclusions",
    "export_holds",
    "export_list",
    "export_recalculation",
    "export_tasks",
]
