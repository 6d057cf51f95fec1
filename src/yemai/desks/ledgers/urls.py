"""Addresses of the ledgers."""

from django.urls import path

from . import views

app_name = "ledgers"
urlpatterns = [
    path("ledgers/", views.listed, name="list"),
    path("ledgers/<slug:kind>/", views.page, name="ledger"),
    path("ledgers/<slug:kind>/print/", views.paper, name="print"),
    path("ledgers/<slug:kind>/ledger.xlsx", views.export, name="export"),
]
