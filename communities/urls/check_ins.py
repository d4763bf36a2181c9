"""Addresses of check-ins, service records, needs and yearly opinions."""

from django.urls import path

from communities.views import check_ins, needs, opinions, service_records

urlpatterns = [
    path("check-ins/", check_ins.units, name="check-ins"),
    path("check-ins/members/", check_ins.members, name="member-check-ins"),
    path("check-ins/new/<str:kind>/", check_ins.new, name="check-in-new"),
    path("check-ins/<int:pk>/", check_ins.check_in, name="check-in"),
    path("check-ins/<int:pk>/change/", check_ins.change, name="check-in-change"),
    path("check-ins/<int:pk>/end/", check_ins.end, name="check-in-end"),
    path("check-ins/<int:pk>/records/new/", service_records.new, name="service-record-new"),
    path("check-ins/<int:pk>/opinions/<int:year>/draft/", opinions.draft, name="opinion-draft"),
    path("service-records/", service_records.records, name="service-records"),
    path("service-records/<int:pk>/change/", service_records.change, name="service-record-change"),
    path("service-records/<int:pk>/remove/", service_records.remove, name="service-record-remove"),
    path("needs/", needs.needs, name="needs"),
    path("needs/new/", needs.new, name="need-new"),
    path("needs/<int:pk>/", needs.need, name="need"),
    path("needs/<int:pk>/change/", needs.change, name="need-change"),
    path("needs/<int:pk>/claim/", needs.claim, name="need-claim"),
    path("needs/<int:pk>/claims/<int:check_in>/release/", needs.release, name="need-release"),
    path("needs/<int:pk>/end/<str:move>/", needs.end, name="need-end"),
    path("opinions/<int:pk>/", opinions.opinion, name="opinion"),
    path("opinions/<int:pk>/words/", opinions.reword, name="opinion-reword"),
    path("opinions/<int:pk>/issue/", opinions.issue, name="opinion-issue"),
    path("opinions/<int:pk>/paper.<str:form>", opinions.paper, name="opinion-paper"),
]
