"""Every address of the system, by face."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from yemai.conf import health
from yemai.conf.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("api/v1/", api.urls),
    path("office/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("", include("yemai.shell.urls")),
    path("", include("yemai.base.people.urls")),
    path("", include("yemai.base.files.urls")),
    path("", include("yemai.base.messages.urls")),
    path("", include("yemai.modules.cases.urls")),
    path("", include("yemai.gates.case_files.urls")),
]
