"""Addresses of the planning desk."""

from django.urls import path

from .views import branches, plans, sites, studies

app_name = "planning"
urlpatterns = [
    path("planning/", studies.desk, name="desk"),
    path("planning/new/", studies.new_study, name="new"),
    path("planning/studies/<int:study_id>/", studies.study_page, name="study"),
    path("planning/studies/<int:study_id>/compare/", studies.compare, name="compare"),
    path("planning/plans/<int:plan_id>/", plans.plan_page, name="plan"),
    path("planning/plans/<int:plan_id>/map.json", plans.plan_map, name="plan_map"),
    path("planning/plans/<int:plan_id>/copy/", plans.copy, name="copy"),
    path("planning/plans/<int:plan_id>/move/", plans.move, name="move"),
    path("planning/stations/", sites.stations, name="stations"),
    path("planning/stations/<int:station_id>/end/", sites.end, name="end_station"),
    path("planning/sites/", sites.ask, name="sites"),
    path("planning/branches/", branches.ask, name="branches"),
    path("planning/proposals/<int:proposal_id>/", sites.proposal_page, name="proposal"),
    path("planning/proposals/<int:proposal_id>/map.json", sites.proposal_map, name="proposal_map"),
]
