"""What can be allowed, one word each. Who is allowed what stands in `roles.py`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    """A right that a role may carry. Values are stable: they appear in the API and the audit trail."""

    CASE_VIEW = "case.view", _("See cases")
    CASE_OPEN = "case.open", _("Write a case and blow the whistle")
    CASE_NOTE = "case.note", _("Add a note to a case")
    CASE_MERGE = "case.merge", _("Merge cases of one matter, and take them apart again")
    CASE_UPGRADE = "case.upgrade", _("Upgrade an unsolved case to the next tier")
    CASE_DECIDE = "case.decide", _("Decide as a leader: holds, second extensions, final answers, exclusions")
    WHISTLE_APPROVE = "whistle.approve", _("Sign off a whistle")
    WHISTLE_ACCEPT = "whistle.accept", _("Accept a whistle")
    WHISTLE_DISPATCH = "whistle.dispatch", _("Dispatch lead and assisting units")
    CATALOGUE_EDIT = "catalogue.edit", _("Keep the dispatch catalogue of the county or city")
    WHISTLE_VERIFY = "whistle.verify", _("Verify, rate, send back and close")
    ASSIGNMENT_HANDLE = "assignment.handle", _("Sign, report in and feed back for the unit")
    CASE_SUPERVISE = "case.supervise", _("Press units and issue supervision notices")
    CASE_INSTRUCT = "case.instruct", _("Give a leader's instruction on a case")
    SUPERVISION_REPLY = "supervision.reply", _("Reply to supervision notices and instructions for the unit")
    REPORTER_REVEAL = "reporter.reveal", _("Read a reporter's name and phone, with a reason")
    SUPERVISION_RECEIVE = "supervision.receive", _("Be told of late deadlines as a leader")
    FIGURES_VIEW = "figures.view", _("See the reporting pages")
    LIST_EXPORT = "list.export", _("Export lists")
    COMMUNITY_VIEW = "community.view", _("See communities: compounds, grids, committees, registers")
    COMMUNITY_KEEP = (
        "community.keep",
        _("Keep the registers of communities: compounds, grids, volunteers, check-ins"),
    )
    POWER_EXERCISE = "power.exercise", _("Keep the records of the five powers of a compound branch")
    UNDERTAKING_HANDLE = "undertaking.handle", _("Report for the unit on what communities asked it to do")
    CHECK_IN = "check_in.keep", _("Check the unit in to communities and record its service")
    COMMITTEE_APPROVE = (
        "committee.approve",
        _("Approve part-time members of big Party committees for the street"),
    )
    COMMITTEE_FILE = "committee.file", _("File part-time members with the organisation department")
    BURDEN_APPLY = "burden.apply", _("Apply for the admission of work that communities are to do")
    BURDEN_DECIDE = "burden.decide", _("Decide on the admission of work, keep the lists of community work")
    WORKER_KEEP = "worker.keep", _("Keep community workers' posts, points and grades")
    PAY_VIEW = "pay.view", _("See community workers' pay")
    UNIT_ARRANGE = "unit.arrange", _("Keep the unit's duty roster and its people's absences")
    CONFIGURE = "configure", _("Change kinds, deadline policies, calendar and units")
    APPOINT = "appoint", _("Appoint people to roles")
    OPERATIONS_WATCH = "operations.watch", _("Watch whether timers and messages run")
    AUDIT_VIEW = "audit.view", _("Read the audit trail")
    API_USE = "api.use", _("Hold API tokens")
