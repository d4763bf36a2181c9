"""Addresses of community workers."""

from django.urls import URLPattern, path

from communities.views import worker_forms, worker_grading, worker_schemes, worker_staffing, workers

urlpatterns: list[URLPattern] = [
    path("workers/", workers.workers, name="workers"),
    path("workers/new/", worker_forms.enter, name="worker-new"),
    path("workers/pay/export/", workers.pay_export, name="workers-pay-export"),
    path("workers/grading/", worker_grading.grading, name="workers-grading"),
    path("workers/staffing/", worker_staffing.staffing, name="workers-staffing"),
    path("workers/staffing/<str:code>/", worker_staffing.population, name="workers-population"),
    path("workers/scheme/", worker_schemes.scheme, name="workers-scheme"),
    path("workers/scheme/<str:code>/change/", worker_schemes.change, name="workers-scheme-change"),
    path("workers/scheme/<str:code>/pay/", worker_schemes.change_pay, name="workers-pay-change"),
    path("workers/awards/<int:pk>/", worker_forms.award_remove, name="worker-award-remove"),
    path("workers/<int:pk>/", workers.worker, name="worker"),
    path("workers/<int:pk>/pay/", workers.pay, name="worker-pay"),
    path("workers/<int:pk>/correct/", worker_forms.correct, name="worker-correct"),
    path("workers/<int:pk>/post/", worker_forms.post, name="worker-post"),
    path("workers/<int:pk>/move/", worker_forms.move, name="worker-move"),
    path("workers/<int:pk>/leave/", worker_forms.leave, name="worker-leave"),
    path("workers/<int:pk>/award/", worker_forms.award, name="worker-award"),
    path("workers/<int:pk>/appraisal/", worker_forms.appraisal, name="worker-appraisal"),
]
