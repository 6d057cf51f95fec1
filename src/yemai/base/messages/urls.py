"""Addresses of the message box and of the list of what could not be sent."""

from django.urls import path

from . import views

app_name = "messages"
urlpatterns = [
    path("messages/", views.message_list, name="list"),
    path("messages/bell/", views.bell, name="bell"),
    path("messages/read-all/", views.read_all, name="read-all"),
    path("messages/<int:message_id>/open/", views.open_message, name="open"),
    path("messages/failures/", views.failure_list, name="failures"),
    path("messages/failures/<int:message_id>/retry/", views.retry_failure, name="retry"),
]
