"""Every address of the system, by face."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from yemai.base.access.doors import public
from yemai.conf import health
from yemai.conf.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("api/v1/", api.urls),
    path("office/login/", public(RedirectView.as_view(pattern_name="account_login", query_string=True))),  # one way in
    path("office/", admin.site.urls),
    path("", include("yemai.shell.urls")),
    path("", include("yemai.base.access.urls")),
    path("", include("yemai.base.tokens.urls")),
    path("", include("yemai.base.files.urls")),
    path("", include("yemai.base.messages.urls")),
    path("", include("yemai.modules.cases.urls")),
    path("", include("yemai.flows.adopted_plan.urls")),
    path("", include("yemai.modules.adjustments.urls")),
    path("", include("yemai.modules.cameras.urls")),
    path("", include("yemai.modules.components.urls")),
    path("", include("yemai.modules.assessment.urls")),
    path("", include("yemai.modules.planning.urls")),
    path("", include("yemai.modules.reports.urls")),
    path("", include("yemai.gates.boundary_files.urls")),
    path("", include("yemai.gates.case_files.urls")),
    path("", include("yemai.desks.tiles.urls")),
    path("", include("yemai.desks.one_map.urls")),
    path("", include("yemai.desks.ledgers.urls")),
    path("", include("yemai.desks.cockpit.urls")),
    path("", include("yemai.desks.rhythm.urls")),
    path("", include("yemai.desks.fairness.urls")),
    path("", include("yemai.modules.tasks.urls")),
    path("", include("yemai.desks.search.urls")),
    path("", include("yemai.gates.ogc_features.urls")),
]
