"""Addresses of the standard, which end without a slash."""

from django.urls import path

from . import views

app_name = "ogc_features"
urlpatterns = [
    path("ogc", views.landing),  # as programs are often told it
    path("ogc/", views.landing, name="landing"),
    path("ogc/api", views.description, name="api"),
    path("ogc/conformance", views.conformance, name="conformance"),
    path("ogc/collections", views.collections, name="collections"),
    path("ogc/collections/<str:collection_id>", views.collection, name="collection"),
    path("ogc/collections/<str:collection_id>/queryables", views.queryables, name="queryables"),
    path("ogc/collections/<str:collection_id>/items", views.items, name="items"),
    path("ogc/collections/<str:collection_id>/items/<str:feature_id>", views.item, name="item"),
]
