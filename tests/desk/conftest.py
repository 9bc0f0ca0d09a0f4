"""A desk on a working folder of its own for each test."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workspaces import make_workspace

pytest.importorskip("django", reason="the extra desk is not installed")

PASSWORD = "correct horse battery"  # noqa: S105
PEOPLE = {
    "admin": ("admin", "", ""),
    "city": ("city", "", ""),
    "county": ("county", "浮梁县", ""),
    "other": ("county", "乐平市", ""),
    "town": ("township", "浮梁县", "瑶里镇"),
    "viewer": ("viewer", "", ""),
}
"""User name -> role, county, township."""


@pytest.fixture(scope="session")
def base_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with cases and a published map, and the desk's tables."""
    folder = tmp_path_factory.mktemp("desk")
    make_workspace(folder / "home", folder / "files")
    from jdzfire.desk.server import prepare

    _, password = prepare(folder / "home")
    assert password
    return folder / "home"


@pytest.fixture
def desk(base_home: Path, tmp_path: Path) -> Iterator[Any]:
    """Module of Django's test clients by user name, on a copy of the folder."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import override_settings

    from jdzfire.desk import pool
    from jdzfire.desk.models import LoginRecord, Officer
    from jdzfire.desk.views import board

    root = Path(shutil.copytree(base_home, tmp_path / "home"))
    hasher = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; argon2 has its own test
    with override_settings(JDZFIRE_ROOT=root, PASSWORD_HASHERS=hasher):
        Officer.objects.all().delete()
        LoginRecord.objects.all().delete()
        for name, (role, county, township) in PEOPLE.items():
            Officer.objects.create_user(
                name, password=PASSWORD, role=role, county=county, township=township,
                last_name=f"{name}<b>", must_change=False,
            )  # fmt: skip

        class Desk:
            home = root

            @staticmethod
            def client(name: str | None = None, **more: Any) -> Client:
                made = Client(SERVER_NAME="localhost", **more)
                if name is not None:
                    assert made.login(username=name, password=PASSWORD)
                return made

        board.forget()
        with warnings.catch_warnings():
            yield Desk
        pool.close_all()
        board.forget()
    connection.close()
    assert base_home == settings.JDZFIRE_ROOT
