"""The desk as a server: its tables, its first admin, and the process that answers."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jdzfire.desk.setup import DeskOptions, configure
from jdzfire.errors import JdzfireError, NotFound

if TYPE_CHECKING:
    from jdzfire.desk.models import Officer

_PASSWORD_BYTES = 12


def prepare(root: Path | str | None, options: DeskOptions | None = None) -> tuple[Path, str | None]:
    """Make or upgrade the desk's tables, and an admin when there is no user.

    Parameters
    ----------
    root : path, optional
    options : DeskOptions, optional

    Returns
    -------
    Path
        The working folder.
    str or None
        Password of the new user ``admin``, shown this once; it must be changed at the first
        log-in. None when there are users.
    """
    home = _make_tables(root, options)
    return home, _first_admin()


def _make_tables(root: Path | str | None, options: DeskOptions | None = None) -> Path:
    settings = configure(root, options)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    return settings.home


def _first_admin() -> str | None:
    from jdzfire.desk.models import Officer

    if Officer.objects.exists():
        return None
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    Officer.objects.create_user("admin", password=password, role="admin", last_name="管理员")
    return password


def make_key(root: Path | str | None, username: str) -> str:
    """A new key of a user for a program. Raises NotFound."""
    _make_tables(root)  # no first admin: nobody would see the password
    from jdzfire.desk.models import ApiKey

    return ApiKey.make(_user(username))


def revoke_keys(root: Path | str | None, username: str) -> int:
    """Take back every key of a user; how many. Raises NotFound."""
    _make_tables(root)
    gone, _ = _user(username).keys.all().delete()
    return int(gone)


def _user(username: str) -> Officer:
    from jdzfire.desk.models import Officer

    found: Officer | None = Officer.objects.filter(username=username).first()
    if found is None:
        raise NotFound("no such user", found=repr(username[:80]), remedy="make one on the desk")
    return found


def _look_once() -> None:
    """Look at the first case before anybody does: what that imports takes two seconds."""
    from jdzfire.desk.pool import borrow
    from jdzfire.queries.desk import board_rows, case_view

    at = datetime.now(UTC)
    with contextlib.suppress(JdzfireError), borrow() as workspace:
        for row in board_rows(workspace, at=at, lang="zh")[:1]:
            case_view(workspace, row.case_id, at=at, lang="zh")


def serve(host: str, port: int, *, proxy_headers: bool) -> None:
    """Answer until the process is told to end."""
    import uvicorn
    from django.core.asgi import get_asgi_application

    # WhiteNoise gives files bit by bit; they are small
    logging.getLogger("django.request").setLevel(logging.ERROR)  # a refusal is no fault
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume")
    threading.Thread(target=_look_once, daemon=True).start()
    uvicorn.run(
        get_asgi_application(),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=proxy_headers,
        lifespan="off",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
    )
