"""Addresses of adjustments."""

from django.urls import path

from . import views

app_name = "adjustments"
urlpatterns = [
    path("adjustments/", views.desk, name="desk"),
    path("adjustments/new/", views.choose, name="choose"),
    path("adjustments/new/<int:node_id>/<str:kind>/", views.ask, name="ask"),
    path("adjustments/as-of/", views.as_of, name="as_of"),
    path("adjustments/<int:adjustment_id>/", views.adjustment_page, name="adjustment"),
    path("adjustments/<int:adjustment_id>/confirm/", views.confirm, name="confirm"),
    path("adjustments/<int:adjustment_id>/undo/", views.undo, name="undo"),
]
