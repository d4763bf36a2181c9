"""Addresses of burden."""

from django.urls import URLPattern, path

from communities.views import admissions, asks, burden, work_items

urlpatterns: list[URLPattern] = [
    path("work-items/", work_items.work_items, name="work-items"),
    path("work-items/new/", work_items.new, name="work-item-new"),
    path("work-items/history/", work_items.history, name="list-history"),
    path("work-items/history/new/", work_items.step_new, name="list-step-new"),
    path("work-items/<int:pk>/", work_items.work_item, name="work-item"),
    path("work-items/<int:pk>/change/", work_items.change, name="work-item-change"),
    path("work-items/<int:pk>/end/", work_items.end, name="work-item-end"),
    path("burden/", burden.burden, name="burden"),
    path("admissions/", admissions.admissions, name="admissions"),
    path("admissions/new/", admissions.new, name="admission-new"),
    path("admissions/<int:pk>/", admissions.admission, name="admission"),
    path("admissions/<int:pk>/complete/", admissions.complete, name="admission-complete"),
    path("admissions/<int:pk>/decide/", admissions.decide, name="admission-decide"),
    path("admissions/<int:pk>/withdraw/", admissions.withdraw, name="admission-withdraw"),
    path("asks/", asks.asks, name="asks"),
    path("asks/new/", asks.new, name="ask-new"),
    path("asks/<int:pk>/", asks.ask, name="ask"),
    path("asks/<int:pk>/refuse/", asks.refuse, name="ask-refuse"),
    path("asks/<int:pk>/take-back/", asks.take_back, name="ask-take-back"),
]
