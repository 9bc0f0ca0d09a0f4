"""Local receivers of alerts: they keep what they took, and fail as they are told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROBOT_OK = b'{"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}'


class Receiver:
    """What came, and what is to be answered: bytes, a status, or a fault by name."""

    def __init__(self) -> None:
        self.came: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[Any] = []
        self.url = ""

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(raw) for _, _, raw in self.came]


def _parts(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer."""
    if isinstance(answer, bytes):
        return 200, {}, answer
    if isinstance(answer, int):
        return answer, {}, ROBOT_OK
    if isinstance(answer, tuple):
        return *answer, ROBOT_OK
    return 200, {}, b"x" * 100_000 if answer == "endless" else ROBOT_OK


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    held = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            held.came.append((self.path, {k.lower(): v for k, v in self.headers.items()}, raw))
            self._answer(held.answers.pop(0) if held.answers else ROBOT_OK)

        def _answer(self, answer: Any) -> None:
            if answer == "cut":
                self.connection.close()
                return
            if answer == "slow":
                time.sleep(1.5)
            status, headers, body = _parts(answer)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_port}/hook?key=0a1b2c3d-secret-key"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
