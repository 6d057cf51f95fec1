"""Addresses of the cockpit."""

from django.urls import path

from . import views

app_name = "cockpit"
urlpatterns = [
    path("cockpit/", views.node_page, name="node"),
    path("cockpit/wall/", views.wall, name="wall"),
    path("cockpit/units/<int:unit_id>/", views.unit_page, name="unit"),
    path("cockpit/<int:node_id>/rows/<slug:what>/", views.node_rows, name="node_rows"),
    path("cockpit/units/<int:unit_id>/rows/<slug:what>/", views.unit_rows, name="unit_rows"),
]
