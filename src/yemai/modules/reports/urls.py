"""Addresses of reports."""

from django.urls import path

from .views import fillings, forms, questions

app_name = "reports"
urlpatterns = [
    path("reports/", forms.listed, name="list"),
    path("reports/questions/", questions.mine, name="questions"),
    path("reports/fillings/<int:filling_id>/", fillings.page, name="filling"),
    path("reports/fillings/<int:filling_id>/ask/", fillings.put, name="ask"),
    path("reports/fillings/<int:filling_id>/send/", fillings.send_out, name="send"),
    path("reports/fillings/<int:filling_id>/report.xlsx", fillings.export, name="export"),
    path("reports/fillings/<int:filling_id>/<int:number>/<int:column>/", fillings.cell, name="cell"),
    path("reports/<int:form_id>/", forms.design, name="form"),
    path("reports/<int:form_id>/rows/", forms.rows, name="rows"),
    path("reports/<int:form_id>/layout/", forms.new_layout, name="layout"),
    path("reports/<int:form_id>/fill/", forms.fill, name="fill"),
]
