"""Addresses of imports and exports."""

from django.urls import path

from . import views

app_name = "case_files"
urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/begin/", views.begin, name="begin"),
    path("imports/<int:run_id>/", views.run_page, name="run"),
    path("imports/<int:run_id>/refused.csv", views.refused, name="refused"),
    path("exports/cases.xlsx", views.export, name="export"),
]
