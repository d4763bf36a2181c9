"""The papers of a case: dispatch slip 派遣单, supervision notice 督办通知书, case file 卷宗. Office's language."""

from whistle.papers.casefile import get_case_file
from whistle.papers.forms import get_notice_paper, get_slip_paper

__all__ = ["get_case_file", "get_notice_paper", "get_slip_paper"]
