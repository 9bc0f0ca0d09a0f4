"""A desk that is killed at random moments while officers answer: run as a script.

``python -m tests.desk.killing HOME KILLS SEED`` forks the server again and again and kills it with
SIGKILL. Officers send answers and notes; what is not acknowledged they send again with the same
token, as a telephone does. It prints one JSON object: what was acknowledged, lost, or taken twice.
"""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import signal
import socket
import sys
import threading
import time
import warnings
from typing import Any

import httpx

PASSWORD = "correct horse battery"  # noqa: S105
OFFICERS = 4
START_S = 30.0


class Officer(threading.Thread):
    """One who sends answers and notes until told to stop, each until it is acknowledged."""

    def __init__(self, number: int, port: int, cases: list[str], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.cases, self.stop = number, cases, stop
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.url, timeout=5.0)
        self.rng = random.Random(number)  # noqa: S311
        self.acknowledged: list[str] = []
        self.conflicts = 0
        self.csrf = ""
        self.versions: dict[str, int] = {}
        self.faults: list[str] = []

    def run(self) -> None:
        try:
            self._log_in()
            count = 0
            while not self.stop.is_set():
                count += 1
                self._send(f"officer {self.number} line {count}", self.rng.choice(self.cases))
        except Exception as error:
            self.faults.append(f"{type(error).__name__}: {error}")

    def _log_in(self) -> None:
        page = self._until(lambda: self.client.get("/login"))
        form = {
            "username": f"officer{self.number}",
            "password": PASSWORD,
            "csrfmiddlewaretoken": _csrf(page.text),
        }
        self._until(lambda: self.client.post("/login", data=form, headers={"referer": self.url}))
        self.csrf = _csrf(self._until(lambda: self.client.get("/password")).text)

    def _send(self, text: str, case_id: str) -> None:
        """One note or answer; the same token until the desk has said yes or no."""
        action = self.rng.choice(("note", "answer"))
        form = {
            "csrfmiddlewaretoken": self.csrf,
            "version": self.versions.get(case_id, 1),
            "token": secrets.token_hex(16),
            "remark": text,
            "category": self.rng.choice(("farm_fire", "forest_fire", "no_fire")),
            "unit": "mu",
        }
        answer = self._until(
            lambda: self.client.post(
                f"/cases/{case_id}/{action}",
                data=form,
                headers={"accept": "application/json", "referer": self.url},
            )
        )
        if answer.status_code == 200:
            self.acknowledged.append(text)
            self.versions[case_id] = self.versions.get(case_id, 1) + (action == "answer")
        elif answer.status_code == 409:
            self.conflicts += 1
            self.versions[case_id] = int(answer.json()["version"])
        else:
            raise AssertionError(f"{action}: {answer.status_code} {answer.text[:200]}")

    def _until(self, ask: Any) -> httpx.Response:
        """Ask until there is an answer, however often the server dies."""
        for _ in range(400):
            try:
                found: httpx.Response = ask()
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if found.status_code < 500:
                return found
            self.faults.append(f"{found.status_code} {found.text[:300]}")
            time.sleep(0.05)
        raise AssertionError("no answer")


def _csrf(page: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]


def in_child(act: Any) -> None:
    """Run in a forked process and wait: no connection of it stays here."""
    pid = os.fork()
    if not pid:
        try:
            act()
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    if status:
        raise AssertionError(f"ended with {status}")


def make_users(home: str) -> None:
    from jdzfire.desk.server import prepare

    prepare(home)
    from jdzfire.desk.models import Officer as User

    for number in range(OFFICERS):
        User.objects.create_user(
            f"officer{number}", password=PASSWORD, role="city", must_change=False
        )


def begin(port: int) -> int:
    """A server, when it listens."""
    from jdzfire.desk.server import serve

    pid = os.fork()
    if not pid:
        try:
            serve("127.0.0.1", port, proxy_headers=False)
        finally:
            os._exit(0)
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return pid
        time.sleep(0.01)
    raise AssertionError("the server did not start")


def kill_again_and_again(home: str, kills: int, seed: int) -> dict[str, Any]:
    """Kill the server so often, then look whether anything acknowledged is missing."""
    from jdzfire.desk.setup import configure
    from jdzfire.workspace import open_workspace

    in_child(lambda: make_users(home))
    configure(home)
    import uvicorn  # noqa: F401  (imported once, before forking)

    import jdzfire.desk.urls
    import jdzfire.queries.describe  # noqa: F401

    with open_workspace(home) as workspace:
        cases = workspace.ledger.load_open_cases()["case_id"].tolist()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    rng, stop = random.Random(seed), threading.Event()  # noqa: S311
    pid = begin(port)
    officers = [Officer(number, port, cases, stop) for number in range(OFFICERS)]
    for officer in officers:
        officer.start()
    time.sleep(2.0)
    for _ in range(kills):
        time.sleep(rng.uniform(0.1, 1.4))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        pid = begin(port)
    stop.set()
    for officer in officers:
        officer.join(60)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with open_workspace(home) as workspace:
        state = workspace.ledger.check_case_log()
        log = workspace.ledger.load_case_log()
    own = log["remark"].str.startswith("officer", na=False)  # others are of the ledger's past
    told = log.loc[own, "remark"].value_counts().to_dict()
    said = [text for officer in officers for text in officer.acknowledged]
    return {
        "kills": kills,
        "acknowledged": len(said),
        "lost": sorted(set(said) - set(told)),
        "twice": sorted(text for text, count in told.items() if count > 1),
        "unsaid": len(set(told) - set(said)),
        "conflicts": sum(officer.conflicts for officer in officers),
        "is_whole": state.is_whole,
        "lines": state.lines,
        "faults": [fault for officer in officers for fault in officer.faults][:5],
    }


def main() -> None:
    """Print what was found."""
    warnings.simplefilter("ignore", DeprecationWarning)  # forks of a process with threads
    found = kill_again_and_again(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
