"""Addresses of the shell."""

from django.urls import path

from . import views

app_name = "shell"
urlpatterns = [
    path("language/", views.set_language, name="language"),
    path("size/", views.set_size, name="size"),
    path("counts/", views.counts, name="counts"),
    path("who/", views.who, name="who"),
    path("service-worker.js", views.service_worker, name="service_worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("offline/", views.offline, name="offline"),
    path("outbox/", views.outbox, name="outbox"),
    path("shell/components/", views.components, name="components"),
]
