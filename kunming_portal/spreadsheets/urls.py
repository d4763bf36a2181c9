"""Addresses of imports and exports."""

from django.urls import path

from kunming_portal.spreadsheets import views

urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/new/<slug:register>/", views.import_new, name="import-new"),
    path("imports/<int:pk>/", views.import_page, name="import"),
    path("imports/<int:pk>/confirm/", views.import_confirm, name="import-confirm"),
    path("imports/<int:pk>/cancel/", views.import_cancel, name="import-cancel"),
    path("imports/<int:pk>/result/", views.import_result, name="import-result"),
    path("registers/<slug:register>/template/", views.register_template, name="register-template"),
    path("registers/<slug:register>/export/", views.register_export, name="register-export"),
]
