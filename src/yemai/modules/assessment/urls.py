"""Addresses of assessment."""

from django.urls import path

from .views import desk, own

app_name = "assessment"
urlpatterns = [
    path("assessment/", desk.desk, name="desk"),
    path("assessment/mine/", own.mine, name="mine"),
    path("assessment/runs/<int:run_id>/", desk.run_page, name="run"),
    path("assessment/runs/<int:run_id>/allowances.xlsx", desk.allowances, name="allowances"),
    path("assessment/results/<int:result_id>/", own.result_page, name="result"),
    path("assessment/results/<int:result_id>/stars/", desk.star, name="star"),
    path("assessment/results/<int:result_id>/<slug:indicator>/", own.rows_page, name="rows"),
    path("assessment/appeals/<int:appeal_id>/", desk.appeal, name="appeal"),
    path("assessment/schemes/<slug:subject>/", desk.scheme, name="scheme"),
    path("assessment/stops/", desk.stops, name="stops"),
]
