"""Addresses of the whistle's pages."""

from django.urls import path

from whistle.views import (
    blow,
    bulk,
    case,
    cases,
    duties,
    evidence,
    home,
    moves,
    queue,
    recalculations,
    saved,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("queue/", queue.queue, name="queue"),
    path("duties/", duties.duties, name="duties"),
    path("bulk/<slug:move>/", bulk.bulk, name="bulk"),
    path("cases/", cases.cases, name="cases"),
    path("cases/export/", cases.export, name="cases-export"),
    path("cases/new/", blow.case_new, name="case-new"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/evidence/", evidence.add, name="case-evidence"),
    path("cases/<int:pk>/note/", case.note, name="case-note"),
    path("cases/<int:pk>/reporter/", case.reporter, name="case-reporter"),
    path("cases/<int:pk>/rewrite/", blow.case_rewrite, name="case-rewrite"),
    path("cases/<int:pk>/<slug:move>/", moves.case_move, name="case-move"),
    path("assignments/<int:pk>/<slug:move>/", moves.assignment_move, name="assignment-move"),
    path("evidence/<int:pk>/withdraw/", evidence.remove, name="evidence-remove"),
    path("attachments/", evidence.files, name="files"),
    path("attachments/<uuid:pk>/", evidence.attachment, name="attachment"),
    path("attachments/<uuid:pk>/small/", evidence.attachment, {"size": "small"}, name="attachment-small"),
    path("saved-filters/<slug:page>/", saved.saved_filters, name="saved-filters"),
    path("deadlines/<int:pk>/", case.deadline, name="deadline"),
    path("recalculations/", recalculations.recalculations, name="recalculations"),
    path("recalculations/new/", recalculations.recalculation_new, name="recalculation-new"),
    path("recalculations/<int:pk>/", recalculations.recalculation, name="recalculation"),
    path(
        "recalculations/<int:pk>/confirm/", recalculations.recalculation_confirm, name="recalculation-confirm"
    ),
    path("recalculations/<int:pk>/cancel/", recalculations.recalculation_cancel, name="recalculation-cancel"),
    path("recalculations/<int:pk>/again/", recalculations.recalculation_again, name="recalculation-again"),
    path("recalculations/<int:pk>/export/", recalculations.recalculation_export, name="recalculation-export"),
]
