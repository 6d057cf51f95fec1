"""Addresses of the rhythm."""

from django.urls import path

from . import views

app_name = "rhythm"
urlpatterns = [
    path("rhythm/", views.beats, name="beats"),
    path("rhythm/morning/", views.morning, name="morning"),
    path("rhythm/week/", views.week, name="week"),
    path("rhythm/month/", views.month, name="month"),
    path("rhythm/month/<int:meeting_id>/summary.docx", views.summary, name="summary"),
    path("rhythm/template/", views.template, name="template"),
    path("rhythm/template/shipped.docx", views.shipped, name="shipped"),
]
