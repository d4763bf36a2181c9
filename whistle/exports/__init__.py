"""Lists as workbooks, one kind of list a module."""

from whistle.exports.cases import export_cases
from whistle.exports.exclusions import export_exclusions
from whistle.exports.holds import export_holds
from whistle.exports.recalculations import export_recalculation
from whistle.exports.tasks import export_tasks
from whistle.exports.workbook import MOMENT, ExportRefused, export_list

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
