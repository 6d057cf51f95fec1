"""Addresses of the search."""

from django.urls import path

from . import views

app_name = "search"
urlpatterns = [
    path("search/", views.page, name="page"),
    path("search/suggestions/", views.suggest, name="suggest"),
]
