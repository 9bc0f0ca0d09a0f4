"""Scans from a folder, FTP, SFTP and the web: healthy, refused, gone, hostile, half written."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import paramiko
import pytest

from jdzfire.errors import SettingsError
from jdzfire.feeds.fetch import Fetched, fetch_himawari, remote_folders
from jdzfire.feeds.fetch.himawari import _slots

BEGIN, END = datetime(2024, 4, 4, 4, 50, tzinfo=UTC), datetime(2024, 4, 4, 5, 30, tzinfo=UTC)
PASSWORD = "p@ss/w0rd"  # noqa: S105  (of a server on the loopback)
QUOTED = "p%40ss%2Fw0rd"
BODY = b"# 2024 UTC\n# ID,Year\n1,2024,4,4,0454,29.40,117.36,4.31,0,2,3,9.41,0,1\n"


def name(slot: str) -> str:
    return f"H09_20240404_{slot}_L2WLF010_FLDK.06001_06001.csv"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """JAXA's layout with two scans, one half written, and names that are none of ours."""
    for hour, slot, body in (("04", "0450", BODY), ("05", "0510", BODY), ("05", "0520", BODY[:40])):
        folder = tmp_path / "202404" / "04" / hour
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name(slot)).write_bytes(body)
    (tmp_path / "202404" / "04" / "05" / "evil.sh").write_text("x")
    return tmp_path


def fetch(address: str, **more: Any) -> list[Fetched]:
    options = {"begins_at": BEGIN, "ends_at": END, "known": (), "now": lambda: END}
    return list(fetch_himawari(address, **(options | more)))


def check(found: list[Fetched]) -> None:
    stated = [(one.source_name, one.state, one.begins_at.strftime("%H%M")) for one in found]
    assert stated == [
        (name("0450"), "ok", "0450"),
        (name("0510"), "ok", "0510"),
        (name("0520"), "damaged", "0520"),
        ("himawari-wlf", "no_data", "0500"),
    ]
    assert found[0].raw == BODY
    assert found[2].raw is None


def test_a_local_folder_nested_or_flat(tree: Path, tmp_path: Path) -> None:
    check(fetch(str(tree)))
    check(fetch(f"file://{tree}"))
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in tree.rglob("H09*"):
        (flat / path.name).write_bytes(path.read_bytes())
    check(fetch(str(flat)))
    assert [one.state for one in fetch(str(tmp_path / "gone"))] == ["unavailable"]


def test_what_is_held_is_not_fetched_again(tree: Path) -> None:
    found = fetch(str(tree), known={name("0450"), name("0510")})
    assert [one.state for one in found] == ["damaged", "no_data"]


@pytest.mark.parametrize(
    ("begin", "end", "count"),
    [("0450", "0530", 4), ("0451", "0530", 3), ("0450", "0521", 4), ("0450", "0450", 0)],
)
def test_slots(begin: str, end: str, count: int) -> None:
    first, last = (datetime.strptime(f"20240404{t}+0000", "%Y%m%d%H%M%z") for t in (begin, end))
    assert len(_slots(first, last)) == count


def test_missing_scans_are_told_as_stretches(tmp_path: Path) -> None:
    (tmp_path / name("0500")).write_bytes(BODY)
    gaps = [one for one in fetch(str(tmp_path)) if one.state == "no_data"]
    assert [(g.begins_at.minute, g.ends_at.minute, g.detail) for g in gaps] == [
        (50, 0, "1 scans are not there"),
        (10, 30, "2 scans are not there"),
    ]


@pytest.fixture
def ftp(tree: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # asyncore, on Python 3.11
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import FTPServer
    users = DummyAuthorizer()
    users.add_user("jdz", PASSWORD, str(tree), perm="elr")
    handler = type("Handler", (FTPHandler,), {"authorizer": users, "auth_failed_timeout": 0})
    logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
    server = FTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"timeout": 0.05}, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.address[1]}"
    server.close_all()
    thread.join(5)


def test_ftp(ftp: str) -> None:
    check(fetch(f"ftp://jdz:{QUOTED}@{ftp}/"))


def test_a_login_refused_is_told_without_it(ftp: str) -> None:
    (one,) = fetch(f"ftp://jdz:wr0ng@{ftp}/")
    assert (one.state, one.detail) == ("refused", "the server refuses the login")
    assert "wr0ng" not in repr(one)


@pytest.mark.slow
def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_folders, "TIMEOUT_S", 1.0)
    for scheme in ("ftp", "sftp", "http"):
        (one,) = fetch(f"{scheme}://jdz:{QUOTED}@127.0.0.1:9/")
        assert one.state == "unavailable"
        assert QUOTED not in repr(one)
        assert PASSWORD not in repr(one)


class _Login(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == ("jdz", PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    root = Path("/")

    def _path(self, path: str) -> Path:
        return self.root / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> Any:
        there = self._path(path)
        if not there.is_dir():
            return paramiko.SFTP_NO_SUCH_FILE
        return [paramiko.SFTPAttributes.from_stat(p.stat(), p.name) for p in there.iterdir()]

    def stat(self, path: str) -> Any:
        there = self._path(path)
        if not there.exists():
            return paramiko.SFTP_NO_SUCH_FILE
        return paramiko.SFTPAttributes.from_stat(there.stat())

    def open(self, path: str, flags: int, attr: Any) -> Any:
        del flags, attr
        handle = paramiko.SFTPHandle()
        handle.readfile = self._path(path).open("rb")
        return handle


@pytest.fixture
def sftp(tree: Path) -> Iterator[tuple[str, str]]:
    """Address and fingerprint of a small SFTP server."""
    import socket

    key = paramiko.ECDSAKey.generate()
    files = type("Files", (_Files,), {"root": tree})
    listener = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
            transport.start_server(server=_Login(), event=threading.Event())
            transports.append(transport)

    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    threading.Thread(target=serve, daemon=True).start()
    yield f"127.0.0.1:{listener.getsockname()[1]}", key.fingerprint
    listener.close()
    for transport in transports:
        transport.close()


def test_sftp_with_a_known_key(sftp: tuple[str, str]) -> None:
    address, fingerprint = sftp
    check(fetch(f"sftp://jdz:{QUOTED}@{address}/", host_key=fingerprint))


def test_sftp_refuses_an_unknown_key_and_a_wrong_login(sftp: tuple[str, str]) -> None:
    address, fingerprint = sftp
    (one,) = fetch(f"sftp://jdz:{QUOTED}@{address}/", host_key="SHA256:other")
    assert one.state == "refused"
    assert fingerprint in one.detail
    (one,) = fetch(f"sftp://jdz:wr0ng@{address}/", host_key=fingerprint)
    assert (one.state, one.detail) == ("refused", "the server refuses the login")


def test_a_web_mirror(tree: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tree)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        check(fetch(f"http://127.0.0.1:{server.server_address[1]}"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("address", ["gopher://x/y", "ftp:///nohost"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        fetch(address)


def test_names_of_a_server_never_leave_the_folder() -> None:
    for bad in ("..", "../x", "a/b", "a\\b", "", "x" * 300, "a\nb"):
        assert not remote_folders.is_safe(bad)
    assert remote_folders.is_safe(name("0450"))
