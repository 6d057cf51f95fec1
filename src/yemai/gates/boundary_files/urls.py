"""Addresses of importing boundaries."""

from django.urls import path

from . import views

app_name = "boundary_files"
urlpatterns = [
    path("boundaries/", views.boundaries, name="boundaries"),
    path("boundaries/begin/", views.begin, name="begin"),
    path("boundaries/file/", views.export, name="export"),
    path("boundaries/<int:run_id>/", views.run_page, name="run"),
    path("boundaries/<int:run_id>/write/", views.write, name="write"),
    path("boundaries/<int:run_id>/findings.csv", views.findings, name="findings"),
    path("boundaries/<int:run_id>/preview.json", views.preview, name="preview"),
]
