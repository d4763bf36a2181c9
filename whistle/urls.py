"""Addresses of the whistle's pages."""

from django.urls import path

from whistle.views import cases, duties, home, queue

urlpatterns = [
    path("", home.home, name="home"),
    path("queue/", queue.queue, name="queue"),
    path("duties/", duties.duties, name="duties"),
    path("cases/", cases.cases, name="cases"),
    path("cases/export/", cases.export, name="cases-export"),
]
