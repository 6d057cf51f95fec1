"""Addresses of the tiles, one for each layer, because each has its own door."""

from django.urls import path

from . import base_file, views

app_name = "tiles"
urlpatterns = [
    path("tiles/nodes/<int:z>/<int:x>/<int:y>.mvt", views.nodes, name="nodes"),
    path("tiles/buildings/<int:z>/<int:x>/<int:y>.mvt", views.buildings, name="buildings"),
    path("tiles/base/<int:z>/<int:x>/<int:y>", base_file.base, name="base"),
    path("tiles/cases/<int:z>/<int:x>/<int:y>.mvt", views.cases, name="cases"),
]
