"""The pages on which an admin keeps users and looks at log-ins."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from jdzfire.desk.models import LoginRecord, Officer

admin.site.site_header = admin.site.site_title = "jdzfire"
admin.site.index_title = ""
admin.site.site_url = "/"
admin.site.unregister(Group)


@admin.register(Officer)
class OfficerAdmin(UserAdmin):
    """Users: role, county, township; a password that an admin sets must be changed."""

    list_display = (
        "username",
        "last_name",
        "role",
        "county",
        "township",
        "is_active",
        "last_login",
    )
    list_filter = ("role", "county", "is_active")
    search_fields = ("username", "last_name", "county", "township")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (None, {"fields": ("last_name", "role", "county", "township")}),
        (None, {"fields": ("is_active", "must_change", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "password1", "password2")}),
        (None, {"fields": ("last_name", "role", "county", "township")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        """Set another's password: it holds until the first log-in with it."""
        answer = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            Officer.objects.filter(pk=id).exclude(pk=request.user.pk).update(must_change=True)
        return answer


@admin.register(LoginRecord)
class LoginRecordAdmin(admin.ModelAdmin):
    """The log of log-ins: to be read only."""

    list_display = ("at", "username", "address", "outcome")
    list_filter = ("outcome",)
    search_fields = ("username", "address")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a line by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody changes a line."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody takes a line out."""
        return False
