"""A FIRMS of our own on the loopback, with the faults services have.

It speaks the area API, data_availability and the keyless files, from rows given. ``faults`` is
what the next requests meet, one each; when it is empty everything is well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "0123456789abcdef0123456789abcdef"
HEADER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,confidence,"
    "version,bright_ti5,frp,daynight"
)
_CODES = {"VIIRS_NOAA20_NRT": "N20", "VIIRS_NOAA21_NRT": "N21", "VIIRS_SNPP_NRT": "N"}
_PREFIXES = {"J1_VIIRS_C2": "VIIRS_NOAA20_NRT", "J2_VIIRS_C2": "VIIRS_NOAA21_NRT"}


@dataclass(frozen=True)
class Row:
    """One hotspot the service knows."""

    source: str
    day: str
    hhmm: str
    lon: float
    lat: float
    frp: float = 6.0

    def line(self) -> str:
        """As the CSV has it."""
        return (
            f"{self.lat},{self.lon},335.1,0.4,0.4,{self.day},{self.hhmm},{_CODES[self.source]},"
            f"VIIRS,n,2.0NRT,295.2,{self.frp},D"
        )


@dataclass
class FirmsServer:
    """The service; make it with :func:`firms_server`."""

    rows: Sequence[Row]
    """What it knows."""
    first_day: str = "2024-01-01"
    """Beginning of what is available."""
    last_day: str = "2030-01-01"
    """End of it."""
    faults: list[str] = field(default_factory=list)
    """Keys of FAULTS for the next requests; ``""`` is none."""
    asked: list[str] = field(default_factory=list)
    """Paths asked for."""
    url: str = ""
    """Where it listens."""

    def body(self, path: str) -> tuple[int, str]:
        """Status and text of a healthy answer."""
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "data_availability"]:
            lines = [f"{source},{self.first_day},{self.last_day}" for source in _CODES]
            return 200, "\n".join(["data_id,min_date,max_date", *lines]) + "\n"
        if parts[:3] == ["api", "area", "csv"] and len(parts) == 8:
            if parts[3] != KEY:
                return 400, "Invalid MAP_KEY."
            west, south, east, north = map(float, parts[5].split(","))
            first = date.fromisoformat(parts[7])
            days = {str(first + timedelta(days=number)) for number in range(int(parts[6]))}
            chosen = [
                row
                for row in self.rows
                if row.source == parts[4]
                and row.day in days
                and west <= row.lon <= east
                and south <= row.lat <= north
            ]
            return 200, "\n".join([HEADER, *(row.line() for row in chosen)]) + "\n"
        if parts[:2] == ["data", "active_fire"]:
            source = next((s for p, s in _PREFIXES.items() if parts[-1].startswith(p)), "")
            chosen = [row for row in self.rows if row.source == source]
            return 200, "\n".join([HEADER, *(row.line() for row in chosen)]) + "\n"
        return 404, "<html><title>Not Found</title></html>"


def _send(
    request: BaseHTTPRequestHandler,
    status: int,
    text: str,
    *,
    length: int | None = None,
    headers: dict[str, str] | None = None,
) -> None:
    raw = text.encode()
    request.send_response(status)
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(raw) if length is None else length))
    request.send_header("Connection", "close")
    request.end_headers()
    request.wfile.write(raw)


def _drip(request: BaseHTTPRequestHandler, status: int, text: str) -> None:
    """One byte in a while; the client gives up, or the test ends."""
    raw = text.encode()
    request.send_response(status)
    request.send_header("Content-Length", str(len(raw)))
    request.end_headers()
    for byte in raw[:600]:
        request.wfile.write(bytes([byte]))
        request.wfile.flush()
        time.sleep(0.02)


def _with(status: int, text: str, **headers: str) -> Callable[..., None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, *_: _send(request, status, text, headers=named)


FAULTS: dict[str, Callable[..., None]] = {
    "429": _with(429, "Exceeding allowed transaction limit."),
    "429-soon": _with(429, "slow down", Retry_After="1"),
    "429-later": _with(429, "slow down", Retry_After="600"),
    "503": _with(503, "<html>Service Unavailable</html>"),
    "drip": _drip,
    "cut": lambda request, status, text: _send(
        request, status, text[: len(text) // 2], length=len(text.encode())
    ),
    "page": _with(200, "<html><title>Login</title><body>please sign in</body></html>"),
    "key-200": _with(200, "Invalid MAP_KEY."),
    "key-400": _with(400, "Invalid MAP_KEY."),
    "key-401": _with(401, "Invalid MAP_KEY."),
    "length-long": lambda request, status, text: _send(
        request, status, text, length=len(text.encode()) + 500
    ),
    "length-short": lambda request, status, text: _send(
        request, status, text, length=max(len(text.encode()) - 9, 1)
    ),
    "huge": lambda request, status, text: _send(
        request, status, text + (HEADER + "\n") * (1 + 10 * len(text) // len(HEADER))
    ),
    "elsewhere": _with(302, "", Location="http://evil.example/steal"),
    "nothing": _with(200, ""),
    "error": _with(500, '{"error": "internal"}'),
}
"""Faults by name; each writes an answer to a request, given the healthy one."""


@contextmanager
def firms_server(rows: Sequence[Row] = (), **more: str) -> Iterator[FirmsServer]:
    """A server on the loopback while the block runs."""
    served = FirmsServer(rows, **more)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.asked.append(self.path)
            fault = served.faults.pop(0) if served.faults else ""
            status, text = served.body(self.path)
            try:
                FAULTS.get(fault, _send)(self, status, text)
            except OSError:
                self.close_connection = True  # the client went away
            if fault:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
