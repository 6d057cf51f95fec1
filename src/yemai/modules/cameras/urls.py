"""Addresses of the register of cameras."""

from django.urls import path

from . import views

app_name = "cameras"
urlpatterns = [
    path("cameras/", views.register, name="register"),
    path("cameras/<int:camera_id>/", views.camera_page, name="camera"),
    path("cameras/<int:camera_id>/end/", views.end, name="end"),
    path("cameras/requests/<int:request_id>/answer/", views.answer, name="answer"),
]
