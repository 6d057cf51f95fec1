"""Addresses of the closed loop: residents' short ones at the root, staff's under /work/ and /cases/."""

from django.urls import path

from .views import answers, board, field, hot, intake, map, resident, work

app_name = "cases"
urlpatterns = [
    path("", resident.welcome, name="welcome"),
    path("report/", resident.new_report, name="report"),
    path("report/at/<str:code>/", resident.new_report, name="report_at"),
    path("d/<str:token>/", resident.new_report, name="door"),
    path("my/reports/", resident.my_reports, name="my_reports"),
    path("r/<str:code>/", resident.tracking, name="tracking"),
    path("r/<str:code>/qr.png", resident.code_image, name="code_image"),
    path("r/<str:code>/follow/", resident.follow_case, name="follow"),
    path("r/<str:code>/photos/<int:photo_id>/<str:size>/", resident.own_photo, name="own_photo"),
    path("r/<str:code>/<str:verb>/", resident.own_step, name="own_step"),
    path("s/<str:token>/", resident.score, name="score"),
    path("map/features.json", map.features, name="features"),
    path("boards/", board.boards, name="boards"),
    path("boards/<str:code>/", board.board, name="board"),
    path("boards/<str:code>/poster/", board.poster, name="poster"),
    path("boards/<str:code>/doors/", board.doors, name="doors"),
    path("work/", work.home, name="home"),
    path("work/new/", field.new_case, name="field_new"),
    path("work/assign/", work.assign_many, name="assign_many"),
    path("work/hot/", hot.issues, name="hot_issues"),
    path("work/hot/<int:issue_id>/", hot.issue, name="hot_issue"),
    path("work/hot/<int:issue_id>/decide/", hot.decide, name="hot_decide"),
    path("work/<str:name>/", work.queue, name="queue"),
    path("intake/new/", intake.register_call, name="intake_new"),
    path("intake/proposals/", intake.proposals, name="intake_proposals"),
    path("cases/", work.register, name="register"),
    path("cases/<int:case_id>/", work.case_page, name="case"),
    path("cases/<int:case_id>/photos/<int:photo_id>/<str:size>/", work.photo, name="photo"),
    path("cases/<int:case_id>/<str:verb>/check/", answers.check, name="answers_check"),
    path("cases/<int:case_id>/<str:verb>/alike/", answers.alike, name="answers_alike"),
    path("cases/<int:case_id>/<str:verb>/", work.step, name="step"),
]
