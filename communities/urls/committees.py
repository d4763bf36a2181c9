"""Addresses of big Party committees."""

from django.urls import URLPattern, path

from communities.views import committee_meetings, committee_members, committees

urlpatterns: list[URLPattern] = [
    path("committees/", committees.index, name="committees"),
    path("committees/new/", committees.new, name="committee-new"),
    path("committees/members/", committee_members.index, name="committee-members"),
    path("committees/approvals/", committee_members.approvals, name="committee-approvals"),
    path("committees/<int:pk>/", committees.page, name="committee"),
    path("committees/<int:pk>/change/", committees.change, name="committee-change"),
    path("committees/<int:pk>/recommend/", committee_members.recommend, name="committee-recommend"),
    path("committees/<int:pk>/meetings/new/", committee_meetings.new, name="committee-meeting-new"),
    path("committees/members/<int:pk>/", committee_members.page, name="committee-member"),
    path("committees/members/<int:pk>/<slug:move>/", committee_members.move, name="committee-member-move"),
    path(
        "committees/members/<int:pk>/letters/<int:year>/<slug:form>/",
        committee_members.letter,
        name="committee-letter",
    ),
    path("committees/meetings/<int:pk>/", committee_meetings.page, name="committee-meeting"),
    path("committees/meetings/<int:pk>/<slug:move>/", committee_meetings.move, name="committee-meeting-move"),
]
