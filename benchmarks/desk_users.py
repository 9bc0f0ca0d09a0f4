"""Officers at a desk, for locust: ``locust -f benchmarks/desk_users.py --headless``.

Each logs in once, holds a stream open, looks at the board, and answers a case
now and then. Users and addresses are those of ``bench_desk.py``, which runs this.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from typing import Any

import requests
from locust import HttpUser, between, events, task

PASSWORD = "correct horse battery"  # noqa: S105
OFFICERS = int(os.environ.get("DESK_OFFICERS", "50"))
_number = iter(range(10**6))
_lock = threading.Lock()


class Officer(HttpUser):
    """One officer on duty."""

    wait_time = between(1.0, 5.0)

    def on_start(self) -> None:
        with _lock:
            number = next(_number) % OFFICERS
        page = self.client.get("/login", name="log in").text
        form = {"username": f"officer{number}", "password": PASSWORD}
        self.client.post(
            "/login", {**form, "csrfmiddlewaretoken": _csrf(page)}, name="log in",
            headers={"Referer": self.host},
        )  # fmt: skip
        self.csrf = _csrf(self.client.get("/password", name="log in").text)
        board = self.client.get("/", name="page of the board").text
        self.cases = re.findall(r'href="/cases/([^"]+)"', board)
        self.versions: dict[str, int] = {}
        self.ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def on_stop(self) -> None:
        self.ended.set()

    def _listen(self) -> None:
        """Hold the stream of live updates open, as a browser does."""
        cookies = self.client.cookies.get_dict()
        try:
            with requests.get(
                f"{self.host}/stream", cookies=cookies, stream=True, timeout=60
            ) as held:
                for _ in held.iter_lines():
                    if self.ended.is_set():
                        return
        except requests.RequestException:
            return

    @task(10)
    def board(self) -> None:
        self.client.get("/board/list", name="board")

    @task(1)
    def case(self) -> None:
        self.client.get(f"/cases/{secrets.choice(self.cases)}", name="case")

    @task(4)
    def answer(self) -> None:
        case_id = secrets.choice(self.cases)
        form: dict[str, Any] = {
            "csrfmiddlewaretoken": self.csrf, "version": self.versions.get(case_id, 1),
            "token": secrets.token_hex(16), "remark": "", "category": "farm_fire", "unit": "mu",
        }  # fmt: skip
        with self.client.post(
            f"/cases/{case_id}/answer", form, name="answer", catch_response=True,
            headers={"Accept": "application/json", "Referer": self.host},
        ) as answer:  # fmt: skip
            if answer.status_code == 409:  # somebody was first: told, and the next one knows
                self.versions[case_id] = answer.json()["version"]
                answer.success()
            elif answer.status_code == 200:
                self.versions[case_id] = form["version"] + 1


def _csrf(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    if found is None:
        raise AssertionError(page[:300])
    return found[1]


@events.quitting.add_listener
def _fail_on_faults(environment: Any, **_: Any) -> None:
    """A request that failed fails the run."""
    environment.process_exit_code = 1 if environment.stats.total.num_failures else 0
