"""Addresses of the task ledger."""

from django.urls import path

from . import views

app_name = "tasks"
urlpatterns = [
    path("tasks/", views.ledger, name="ledger"),
    path("tasks/new/", views.new, name="new"),
    path("tasks/<int:task_id>/", views.task_page, name="task"),
    path("tasks/<int:task_id>/photo/<str:size>/", views.photo, name="photo"),
    path("tasks/programmes/", views.programmes, name="programmes"),
    path("tasks/programmes/<int:programme_id>/", views.programme_page, name="programme"),
]
