"""Addresses of one's own tokens."""

from django.urls import path

from . import views

app_name = "tokens"
urlpatterns = [
    path("me/security/tokens/", views.mine, name="mine"),
    path("me/security/tokens/<int:token_id>/end/", views.end, name="end"),
]
