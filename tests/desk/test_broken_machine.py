"""A desk whose disk is full, whose database somebody holds, whose clock was set back."""

from __future__ import annotations

import errno
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from jdzfire.store import atomic, ledger_engine
from jdzfire.workspace import open_workspace
from tests.desk.test_cases import case_id, photo


@contextmanager
def each_connection(statement: str) -> Iterator[None]:
    """Every new connection of a ledger begins with a statement."""
    from jdzfire.desk import pool

    def run(connection: sqlite3.Connection, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(statement.format(pages=pages))

    pool.close_all()
    sa.event.listen(sa.Engine, "connect", run)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "connect", run)
        pool.close_all()


def held(desk: Any, one: str) -> tuple[dict[str, Any], int]:
    with open_workspace(desk.home) as workspace:
        assert workspace.ledger.check_case_log().is_whole
        return workspace.ledger.load_case(one), len(workspace.ledger.load_case_log(one))


def form(text: str = "灭了") -> dict[str, Any]:
    return {
        "version": 1, "token": secrets.token_hex(16), "remark": text, "category": "farm_fire",
        "unit": "mu",
    }  # fmt: skip


def test_a_full_disk_takes_nothing_half_and_says_so(desk: Any) -> None:
    one, client = case_id(desk), desk.client("city")
    sent: list[tuple[dict[str, Any], int]] = []
    before = held(desk, one)
    with each_connection("PRAGMA max_page_count = {pages}"):
        for _ in range(40):
            given = form("山" * 1900)
            answer = client.post(f"/cases/{one}/note", given)
            sent.append((given, answer.status_code))
            if answer.status_code == 503:
                break
        assert sent[-1][1] == 503
        assert "disk has room" in answer.content.decode()
    taken = [given for given, status in sent if status == 302]
    assert held(desk, one) == (before[0], before[1] + len(taken))
    assert client.post(f"/cases/{one}/note", sent[-1][0]).status_code == 302  # room again
    assert client.post(f"/cases/{one}/note", sent[-1][0]).status_code == 302  # and sent once more
    assert held(desk, one)[1] == before[1] + len(taken) + 1


def test_a_photo_on_a_full_disk_is_of_no_case(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    one, client = case_id(desk), desk.client("city")
    before = held(desk, one)
    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write_file", full)
        file = io.BytesIO(photo())
        file.name = "a.jpg"
        answer = client.post(f"/cases/{one}/photos", {"photo": file})
        assert answer.status_code == 503
    assert held(desk, one) == before
    with open_workspace(desk.home) as workspace:
        assert workspace.ledger.load_attachments([one]).empty


def test_a_ledger_somebody_holds_is_told_and_the_answer_is_taken_later(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_engine, "_BUSY_MS", 200)
    one, client, given = case_id(desk), desk.client("city"), form()
    before = held(desk, one)
    with each_connection("PRAGMA page_count"):
        holder = sqlite3.connect(desk.home / "ledger.sqlite", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        answer = client.post(f"/cases/{one}/answer", given)
        assert answer.status_code == 503
        assert "no other program holds it" in answer.content.decode()
        assert client.get(f"/cases/{one}").status_code == 200  # looking goes on
        holder.execute("ROLLBACK")
        holder.close()
    assert held(desk, one) == before
    assert client.post(f"/cases/{one}/answer", given).status_code == 302


def test_users_that_cannot_be_written_are_a_page_too(desk: Any) -> None:
    from django.db import OperationalError, connection

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    client = desk.client()
    with connection.execute_wrapper(refuse):
        answer = client.post("/login", {"username": "city", "password": "correct horse battery"})
    assert answer.status_code == 503
    assert "磁盘空间" in answer.content.decode()


def test_a_clock_set_back_is_told_and_no_step_goes_back(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jdzfire.desk.views import board, case

    one, client = case_id(desk), desk.client("city")
    assert client.post(f"/cases/{one}/note", form("一")).status_code == 302
    back = datetime.now(UTC) - timedelta(hours=3)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return back.astimezone(tz)

    monkeypatch.setattr(case, "datetime", Clock)
    monkeypatch.setattr(board, "datetime", Clock)
    assert client.post(f"/cases/{one}/answer", form("二")).status_code == 302
    with open_workspace(desk.home) as workspace:
        log = workspace.ledger.load_case_log(one)
    assert log["at"].is_monotonic_increasing
    assert "校准时间" in client.get("/").content.decode()
    monkeypatch.undo()
    board.forget()
    assert "校准时间" not in client.get("/").content.decode()
