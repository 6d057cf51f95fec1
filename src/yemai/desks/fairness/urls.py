"""Addresses of fairness."""

from django.urls import path

from . import views

app_name = "fairness"
urlpatterns = [
    path("fairness/", views.desk, name="desk"),
    path("fairness/<slug:pattern>/<int:person_id>/", views.rows, name="rows"),
]
