"""Addresses of volunteers."""

from django.urls import path

from communities.views import volunteer_places, volunteers

urlpatterns = [
    path("volunteers/", volunteers.activities, name="volunteers"),
    path("volunteers/new/", volunteers.new, name="activity-new"),
    path("volunteers/places/", volunteer_places.places, name="volunteer-places"),
    path("volunteers/places/new/", volunteer_places.new, name="volunteer-place-new"),
    path("volunteers/places/<int:pk>/change/", volunteer_places.change, name="volunteer-place-change"),
    path("volunteers/<int:pk>/", volunteers.activity, name="activity"),
    path("volunteers/<int:pk>/change/", volunteers.change, name="activity-change"),
    path("volunteers/<int:pk>/move/<str:move>/", volunteers.move, name="activity-move"),
    path("volunteers/<int:pk>/end/<str:move>/", volunteers.end, name="activity-end"),
    path("volunteers/<int:pk>/sign-ups/new/", volunteers.sign_up, name="sign-up-new"),
    path(
        "volunteers/<int:pk>/sign-ups/<int:sign_up>/take-back/",
        volunteers.take_back,
        name="sign-up-take-back",
    ),
]
