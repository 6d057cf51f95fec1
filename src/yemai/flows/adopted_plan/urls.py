"""The address of adoption, beside the plan's own."""

from django.urls import path

from . import views

app_name = "adopted_plan"
urlpatterns = [path("planning/plans/<int:plan_id>/adopt/", views.adopt, name="adopt")]
