"""Addresses of the register of components."""

from django.urls import path

from . import views

app_name = "components"
urlpatterns = [
    path("components/", views.register, name="register"),
    path("components/take-in/", views.table, name="table"),
    path("components/<int:component_id>/", views.component_page, name="component"),
]
