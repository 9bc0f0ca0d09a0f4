"""Folders of files somewhere: on this machine, behind FTP or SFTP, or on a web server.

Each is a small object with two questions: which names are in this folder, and what is in this
file. Faults come as :class:`FolderFault` with a state of an answer; logins are in no message.
"""

from __future__ import annotations

import ftplib
import io
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from jdzfire.errors import SettingsError
from jdzfire.feeds.fetch.http import HttpClient

TIMEOUT_S = 30.0
"""Longest silence of a server [K]."""

_SAFE = re.compile(r"[\w.+=@-]{1,200}")


class FolderFault(Exception):
    """A folder cannot be asked now."""

    def __init__(self, state: str, detail: str) -> None:
        super().__init__(detail)
        self.state = state
        self.detail = detail


class RemoteFolder(Protocol):
    """A folder that can be asked."""

    def names(self, folder: str) -> list[str]:
        """Names of the files in a sub-folder; none when there is no such folder."""
        ...

    def read(self, folder: str, name: str, most: int) -> bytes:
        """Bytes of a file, at most ``most`` + 1 of them."""
        ...


@contextmanager
def open_folder(address: str, *, host_key: str = "") -> Iterator[RemoteFolder]:
    """Open a folder by its address while the block runs.

    Parameters
    ----------
    address : str
        A path, ``file://``, ``ftp://user:password@host/dir``, ``ftps://``, ``sftp://``,
        ``http(s)://``.
    host_key : str, optional
        ``SHA256:...`` fingerprint of an SFTP server; else it must be in ``known_hosts``.

    Raises
    ------
    SettingsError
        No such kind of address, or the library for it is not installed.
    FolderFault
        The server cannot be reached, or refuses the login.
    """
    parts = urlsplit(address)
    if parts.scheme in ("", "file"):
        yield _LocalFolder(Path(unquote(parts.path) if parts.scheme else address))
        return
    if parts.scheme in ("http", "https"):
        with HttpClient() as client:
            yield _WebFolder(client, address.rstrip("/"))
        return
    openers: dict[str, Callable[..., Any]] = {"ftp": _ftp, "ftps": _ftp, "sftp": _sftp}
    if parts.scheme not in openers or not parts.hostname:
        raise SettingsError(
            "the address of a folder cannot be used",
            expected="a path, file, ftp, ftps, sftp, http or https address",
            found=f"scheme {parts.scheme[:20]!r}",
            remedy="correct the address",
        )
    with openers[parts.scheme](parts, host_key) as folder:
        yield folder


def is_safe(name: str) -> bool:
    """Whether a name from a server is a plain file name."""
    return bool(_SAFE.fullmatch(name)) and name not in (".", "..")


@dataclass(frozen=True)
class _LocalFolder:
    root: Path

    def names(self, folder: str) -> list[str]:
        """Names in a sub-folder, and at the top when files lie flat there."""
        if not self.root.is_dir():
            raise FolderFault("unavailable", f"no folder {self.root.name}")
        found: set[str] = set()
        for place in {self.root / folder, self.root}:
            if place.is_dir():
                found |= {path.name for path in place.iterdir() if path.is_file()}
        return sorted(found)

    def read(self, folder: str, name: str, most: int) -> bytes:
        """Bytes of a file."""
        for place in (self.root / folder, self.root):
            path = place / name
            if path.is_file():
                try:
                    with path.open("rb") as file:
                        return file.read(most + 1)
                except OSError as error:
                    raise FolderFault("unavailable", f"{name}: {error.strerror}") from None
        raise FolderFault("no_data", f"{name} is gone")


@dataclass(frozen=True)
class _WebFolder:
    client: HttpClient
    base: str = field(repr=False)

    def names(self, folder: str) -> list[str]:
        """Names the listing of a folder links to."""
        answer = self.client.ask(f"{self.base}/{folder}/" if folder else f"{self.base}/",
                                bytes_max=5_000_000)  # fmt: skip
        if answer.status == 404:
            return []
        _check_web(answer.state, answer.status, answer.detail)
        links = re.findall(r"""href=["']?([^"'>\s]+)""", answer.raw.decode("utf-8", "replace"))
        names = {PurePosixPath(unquote(urlsplit(link).path)).name for link in links}
        return sorted(name for name in names if is_safe(name))

    def read(self, folder: str, name: str, most: int) -> bytes:
        """Bytes of a file."""
        path = f"{folder}/{name}" if folder else name
        answer = self.client.ask(f"{self.base}/{path}", bytes_max=most)
        _check_web(answer.state, answer.status, answer.detail)
        return answer.raw


def _check_web(state: str, status: int | None, detail: str) -> None:
    if status in (401, 403):
        raise FolderFault("refused", "the server refuses the login")
    if state != "ok":
        raise FolderFault(state, detail)
    if status != 200:
        raise FolderFault("unavailable", f"status {status}")


@dataclass(frozen=True)
class _FtpFolder:
    server: ftplib.FTP = field(repr=False)
    root: str

    def names(self, folder: str) -> list[str]:
        """Names in a sub-folder."""
        with _translate_ftp_faults():
            try:
                listed = self.server.nlst(str(PurePosixPath(self.root) / folder))
            except ftplib.error_perm as error:
                if str(error)[:3] == "550":  # no such folder, or nothing in it
                    return []
                raise
        return sorted(n for n in (PurePosixPath(path).name for path in listed) if is_safe(n))

    def read(self, folder: str, name: str, most: int) -> bytes:
        """Bytes of a file."""
        buffer = io.BytesIO()

        def take(part: bytes) -> None:
            buffer.write(part)
            if buffer.tell() > most:
                raise FolderFault("damaged", f"{name}: more than {most:,} bytes")

        with _translate_ftp_faults():
            path = PurePosixPath(self.root) / folder / name
            self.server.retrbinary(f"RETR {path}", take)
        return buffer.getvalue()


@contextmanager
def _ftp(parts: Any, host_key: str) -> Iterator[_FtpFolder]:
    del host_key
    kind = ftplib.FTP_TLS if parts.scheme == "ftps" else ftplib.FTP
    server = kind(timeout=TIMEOUT_S)
    try:
        with _translate_ftp_faults():
            server.connect(parts.hostname, parts.port or 21)
            server.login(unquote(parts.username or ""), unquote(parts.password or ""))
            if isinstance(server, ftplib.FTP_TLS):
                server.prot_p()
        yield _FtpFolder(server, unquote(parts.path) or "/")
    finally:
        server.close()


@contextmanager
def _translate_ftp_faults() -> Iterator[None]:
    """Faults of FTP as faults of the folder; a server's message may repeat the login."""
    try:
        yield
    except ftplib.error_perm as error:
        code = str(error)[:3]
        if code == "530":
            raise FolderFault("refused", "the server refuses the login") from None
        raise FolderFault("unavailable", f"the server answered {code}") from None
    except (ftplib.Error, OSError, EOFError, UnicodeError) as error:
        raise FolderFault("unavailable", f"no connection ({type(error).__name__})") from None


@dataclass(frozen=True)
class _SftpFolder:
    client: Any = field(repr=False)
    root: str

    def names(self, folder: str) -> list[str]:
        """Names in a sub-folder."""
        with _translate_sftp_faults():
            try:
                listed = self.client.listdir(str(PurePosixPath(self.root) / folder))
            except FileNotFoundError:
                return []
        return sorted(name for name in listed if is_safe(name))

    def read(self, folder: str, name: str, most: int) -> bytes:
        """Bytes of a file."""
        with (
            _translate_sftp_faults(),
            self.client.open(str(PurePosixPath(self.root) / folder / name)) as file,
        ):
            data: bytes = file.read(most + 1)
            return data


@contextmanager
def _sftp(parts: Any, host_key: str) -> Iterator[_SftpFolder]:
    """A login over SSH; the server's key must be known, it is never accepted unseen."""
    try:
        import paramiko
    except ImportError:
        raise SettingsError(
            "an sftp address needs a library that is not installed",
            expected="paramiko",
            remedy="pip install 'jdzfire[sftp]'",
        ) from None
    port = parts.port or 22
    with _translate_sftp_faults():
        connection = socket.create_connection((parts.hostname, port), timeout=TIMEOUT_S)
        transport = paramiko.Transport(connection)
        try:
            transport.banner_timeout = transport.auth_timeout = TIMEOUT_S
            transport.start_client(timeout=TIMEOUT_S)
            _check_host_key(transport.get_remote_server_key(), parts.hostname, port, host_key)
            transport.auth_password(unquote(parts.username or ""), unquote(parts.password or ""))
            client: Any = paramiko.SFTPClient.from_transport(transport)
            client.get_channel().settimeout(TIMEOUT_S)
        except BaseException:
            transport.close()
            raise
    try:
        yield _SftpFolder(client, unquote(parts.path) or "/")
    finally:
        transport.close()


def _check_host_key(key: Any, host: str, port: int, wanted: str) -> None:
    import paramiko

    if wanted:
        known = key.fingerprint == wanted
    else:
        hosts = paramiko.HostKeys()
        path = Path("~/.ssh/known_hosts").expanduser()
        if path.exists():
            hosts.load(str(path))
        known = hosts.check(host if port == 22 else f"[{host}]:{port}", key)
    if not known:
        raise FolderFault(
            "refused",
            f"the key of the server is not known ({key.fingerprint}); "
            "set himawari_host_key or add it to known_hosts",
        )


@contextmanager
def _translate_sftp_faults() -> Iterator[None]:
    import paramiko

    try:
        yield
    except FolderFault:
        raise
    except paramiko.AuthenticationException:
        raise FolderFault("refused", "the server refuses the login") from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise FolderFault("unavailable", f"no connection ({type(error).__name__})") from None
