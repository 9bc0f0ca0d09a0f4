"""The one place for HTTP: bounded in time and size, polite, and silent about secrets.

A service may answer slowly, partly, with a page, from elsewhere, or not at all. Each ends as a
state of :data:`jdzfire.schemas.FETCH_STATES` and never as half a file that seems complete.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from jdzfire import __version__
from jdzfire.redact import redact

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECTS_MAX = 3


@dataclass(frozen=True)
class Bounds:
    """What an answer may cost."""

    deadline_s: float = 120.0
    """Wall time of one request, however slowly it drips [K]."""
    quiet_s: float = 30.0
    """Longest silence within an answer, and for the connection [K]."""
    bytes_max: int = 200_000_000
    """Largest answer; a day of the globe is some 8 MB [V]."""
    tries: int = 3
    """Requests made for one answer when the fault may pass [K]."""
    backoff_s: float = 2.0
    """Longest wait before the second try; doubled for each further one [K]."""
    retry_after_max_s: float = 60.0
    """A service that asks for a longer pause is asked again by the next run [K]."""


@dataclass(frozen=True)
class Answer:
    """What came back, judged by its transport only."""

    state: str
    """ok, limited, unavailable or damaged; ``ok`` does not say what the body means."""
    raw: bytes = b""
    """The whole body when the state is ok; else what came of it."""
    status: int | None = None
    """HTTP status; null when there was none."""
    detail: str = ""
    """What was wrong, without secrets."""
    retry_at: datetime | None = None
    """When the service wants to be asked again."""


@dataclass
class HttpClient:
    """Asks for files over HTTP; a ``with`` block closes its connections."""

    bounds: Bounds = field(default_factory=Bounds)
    """What an answer may cost."""
    sleep: Callable[[float], object] = time.sleep
    """How to wait [s]."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The clock, for ``Retry-After``."""
    chance: Callable[[], float] = random.random
    """A number from 0 to 1, for the jitter."""
    _client: Any = field(default=None, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def ask(self, url: str, *, secrets: Sequence[str] = (), bytes_max: int | None = None) -> Answer:
        """Ask for one file, again when the fault may pass.

        Parameters
        ----------
        url : str
            http or https; may hold a secret, which no message repeats.
        secrets : sequence of str
            What is taken out of every message.
        bytes_max : int, optional
            A smaller bound than the usual one.

        Returns
        -------
        Answer
            It never raises for what a service or a network does.
        """
        most = min(bytes_max or self.bounds.bytes_max, self.bounds.bytes_max)
        answer = Answer("unavailable", detail="not asked")
        for number in range(self.bounds.tries):
            answer = self._ask_once(url, most)
            if answer.state in ("ok", "damaged") or number == self.bounds.tries - 1:
                break
            pause_s = self._pause_s(answer, number)
            if pause_s is None:
                break
            self.sleep(pause_s)
        return Answer(
            answer.state, answer.raw, answer.status, redact(answer.detail, secrets), answer.retry_at
        )

    def _pause_s(self, answer: Answer, number: int) -> float | None:
        """How long to wait before the next try; None when the service wants longer than we do."""
        jitter_s = self.chance() * self.bounds.backoff_s * 2.0**number
        if answer.retry_at is None:
            return jitter_s
        stated_s = (answer.retry_at - self.now()).total_seconds()
        return None if stated_s > self.bounds.retry_after_max_s else max(stated_s, 0.0) + jitter_s

    def _ask_once(self, url: str, most: int) -> Answer:
        import httpx

        deadline = time.monotonic() + self.bounds.deadline_s
        at = url
        try:
            for _ in range(_REDIRECTS_MAX + 1):
                with self._open().stream("GET", at) as response:
                    if response.status_code not in _REDIRECTS:
                        return self._read(response, most, deadline)
                    target = urljoin(at, response.headers.get("location", ""))
                wrong = _redirect_fault(at, target)
                if wrong:
                    return Answer("damaged", status=response.status_code, detail=wrong)
                at = target
            return Answer("damaged", detail=f"more than {_REDIRECTS_MAX} redirects")
        except httpx.TimeoutException:
            return Answer("unavailable", detail=f"no answer within {self.bounds.quiet_s:g} s")
        except httpx.RemoteProtocolError:
            return Answer("unavailable", detail="the connection was cut before the answer ended")
        except httpx.TransportError as error:
            return Answer("unavailable", detail=f"no connection ({type(error).__name__})")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Answer("damaged", detail=f"the answer cannot be read ({type(error).__name__})")

    def _read(self, response: Any, most: int, deadline: float) -> Answer:
        """Body of a response, within its bounds, checked against the announced length."""
        status = int(response.status_code)
        length = response.headers.get("content-length", "")
        parts, size = [], 0
        for part in response.iter_raw():
            parts.append(part)
            size += len(part)
            if size > most:
                detail = f"more than {most:,} bytes"
                return Answer("damaged", b"".join(parts), status, detail)
            if time.monotonic() > deadline:
                detail = f"not whole within {self.bounds.deadline_s:g} s"
                return Answer("unavailable", b"".join(parts), status, detail)
        raw = b"".join(parts)
        if length.isdigit() and int(length) != size:
            detail = f"{size} bytes came, {length} were announced"
            return Answer("unavailable", raw, status, detail)
        if status in _TRANSIENT:
            state = "limited" if status == 429 else "unavailable"
            later = _retry_at(response.headers.get("retry-after", ""), self.now())
            return Answer(state, raw, status, f"status {status}", later)
        return Answer("ok", _unpacked(raw, response, most), status)

    def _open(self) -> Any:
        """The client, made on first use; its log lines would hold the address and its key."""
        if self._client is None:
            import httpx

            for name in ("httpx", "httpcore"):
                logger = logging.getLogger(name)
                logger.addFilter(_silent)
                for child in ("connection", "http11", "proxy", "socks"):
                    logging.getLogger(f"{name}.{child}").addFilter(_silent)
            self._client = httpx.Client(
                timeout=self.bounds.quiet_s,
                follow_redirects=False,
                headers={"user-agent": f"jdzfire/{__version__}", "accept-encoding": "gzip"},
            )
        return self._client


def _silent(record: logging.LogRecord) -> bool:
    """No line of the HTTP library is written: it would name the address, and the key in it."""
    del record
    return False


def _redirect_fault(at: str, target: str) -> str:
    here, there = urlsplit(at), urlsplit(target)
    if there.scheme not in ("http", "https") or (here.scheme, there.scheme) == ("https", "http"):
        return "redirected to another protocol"
    if here.hostname != there.hostname or here.port != there.port:
        return f"redirected to another host, {(there.hostname or 'unnamed')[:80]}"
    return ""


def _retry_at(text: str, now: datetime) -> datetime | None:
    """Time of a Retry-After header: seconds or an HTTP date."""
    if text.strip().isdigit():
        return now + timedelta(seconds=min(int(text), 86_400))
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _unpacked(raw: bytes, response: Any, most: int) -> bytes:
    """The body without its transport compression, no larger than allowed.

    Raises
    ------
    ValueError
        It does not unpack, or to more than allowed.
    """
    if response.headers.get("content-encoding", "").lower() != "gzip":
        return raw
    import zlib

    packed = zlib.decompressobj(wbits=31)
    try:
        body = packed.decompress(raw, most + 1)
    except zlib.error as error:
        raise ValueError("not gzip") from error
    if len(body) > most or not packed.eof:
        raise ValueError("too large or cut off")
    return body
