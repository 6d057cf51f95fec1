"""Addresses of the one map."""

from django.urls import path

from . import views

app_name = "one_map"
urlpatterns = [
    path("map/", views.page, name="page"),
    path("map/side/", views.side, name="side"),
    path("map/things.json", views.things, name="things"),
    path("map/ground.json", views.ground, name="ground"),
]
