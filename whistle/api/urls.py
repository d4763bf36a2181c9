"""Addresses of the whistle's part of the API, below /api/v1/."""

from django.urls import path

from whistle.api import moves, views

urlpatterns = [
    path("kinds/", views.KindList.as_view(), name="api-kinds"),
    path("cases/", views.CaseList.as_view(), name="api-cases"),
    path("cases/<int:pk>/", views.CaseDetail.as_view(), name="api-case"),
    path("cases/<int:pk>/deadlines/", views.CaseDeadlines.as_view(), name="api-case-deadlines"),
    path("cases/<int:pk>/timeline/", views.CaseTimeline.as_view(), name="api-case-timeline"),
    path("cases/<int:pk>/blow/", moves.Blow.as_view(), name="api-case-blow"),
    path("cases/<int:pk>/approve/", moves.Approve.as_view(), name="api-case-approve"),
    path("cases/<int:pk>/send-back/", moves.SendBack.as_view(), name="api-case-send-back"),
    path("cases/<int:pk>/accept/", moves.Accept.as_view(), name="api-case-accept"),
    path("cases/<int:pk>/dispatch/", moves.Dispatch.as_view(), name="api-case-dispatch"),
    path("cases/<int:pk>/verify/", moves.Verify.as_view(), name="api-case-verify"),
    path("cases/<int:pk>/rework/", moves.Rework.as_view(), name="api-case-rework"),
    path("cases/<int:pk>/close/", moves.Close.as_view(), name="api-case-close"),
    path("cases/<int:pk>/upgrade/", moves.Upgrade.as_view(), name="api-case-upgrade"),
    path("cases/<int:pk>/note/", moves.Note.as_view(), name="api-case-note"),
    path("assignments/<int:pk>/sign/", moves.Sign.as_view(), name="api-assignment-sign"),
    path("assignments/<int:pk>/report-in/", moves.ReportIn.as_view(), name="api-assignment-report-in"),
    path("assignments/<int:pk>/feed-back/", moves.FeedBack.as_view(), name="api-assignment-feed-back"),
    path("assignments/<int:pk>/evaluate/", moves.Evaluate.as_view(), name="api-assignment-evaluate"),
    path("deadlines/<int:pk>/", views.DeadlineDetail.as_view(), name="api-deadline"),
]
