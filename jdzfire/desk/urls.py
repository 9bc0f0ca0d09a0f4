"""Addresses of the desk."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from jdzfire.desk import pages_of_users  # noqa: F401  (registers what the admin shows)
from jdzfire.desk.api import api
from jdzfire.desk.views import account, alerts, board, burns, case, office, registers, review

urlpatterns = [
    path("", board.board, name="board"),
    path("board/list", board.board_list, name="board-list"),
    path("stream", board.stream, name="stream"),
    path("ended", board.ended, name="ended"),
    path("map/<path:name>", board.map_file, name="map"),
    path("cases/<str:case_id>", case.show, name="case"),
    path("cases/<str:case_id>/log", case.timeline, name="case-log"),
    path("cases/<str:case_id>/photos", case.attach, name="case-photos"),
    path("cases/<str:case_id>/photos/<str:sha256>/<str:size>", case.photo, name="case-photo"),
    path("cases/<str:case_id>/<slug:action>", case.take, name="case-step"),
    path("colours.css", board.colours, name="colours"),
    path("alerts/<str:token>", alerts.alert, name="alert"),
    path("report", office.report, name="report"),
    path("sheet", office.sheet, name="sheet"),
    path("sheet/file", office.sheet_file, name="sheet-file"),
    path("sources", office.sources, name="sources"),
    path("sources/approve", office.approve, name="source-approve"),
    path("api/", api.urls),
    path("burns", burns.burns, name="burns"),
    path("burns/note", burns.note, name="burn-note"),
    path("registers", registers.registers, name="registers"),
    path("registers/take", registers.take, name="registers-take"),
    path("late", review.late, name="late"),
    path("wrong", review.wrong, name="wrong"),
    path("login", account.log_in, name="login"),
    path("logout", account.log_out, name="logout"),
    path("password", account.ChangePassword.as_view(), name="password"),
    path("language", account.language, name="language"),
    path("health", account.health, name="health"),
    path("admin/", admin.site.urls),
]
