"""The desk as an application of Django."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Users with roles, and the log of log-ins."""

    name = "jdzfire.desk"
    label = "desk"
    verbose_name = "jdzfire"
