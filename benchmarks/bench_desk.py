"""Fifty officers at one desk while the watch runs: python benchmarks/bench_desk.py HOME.

HOME is a working folder with open cases (``make demo``); a copy is used. Needs locust on the PATH
(the extra ``load``). With ``--postgres URL`` the ledger and the users lie there. Beside it the same
requests of one officer alone, in the same run: the ratio says what the crowd costs.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
NOW = "2024-12-31T10:00Z"
_EVERY_S = 30.0  # the watch comes every 10 min: twenty times as often


def main() -> None:
    """Print p50, p95 and the number of requests by kind."""
    options = argparse.ArgumentParser()
    options.add_argument("home", type=Path)
    options.add_argument("--officers", type=int, default=50)
    options.add_argument("--seconds", type=int, default=90)
    options.add_argument("--postgres", default="")
    options.add_argument("--reopen", action="store_true", help="open every ended case again")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(shutil.copytree(given.home, Path(folder) / "home"))
        environ = {**os.environ, "DESK_OFFICERS": str(given.officers)}
        if given.postgres:
            environ["JDZFIRE_LEDGER_URL"] = given.postgres
            (home / "ledger.sqlite").unlink()
            run(["-m", "jdzfire", "--home", str(home), "repair", "--new-ledger"], environ)
            run(["-c", _FEW, str(home)], environ)
        if given.reopen:
            run(["-c", _MANY, str(home)], environ)
        run(["-c", _USERS, str(home), str(given.officers)], environ)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "jdzfire",
            "--home",
            str(home),
            "desk",
            "--port",
            str(port),
        ]
        server = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)  # noqa: S603
        try:
            time.sleep(8)
            alone = load(Path(folder), port, 1, 30, environ)
            ended = threading.Event()
            watch = threading.Thread(target=keep_watch, args=(home, environ, ended))
            watch.start()
            crowd = load(Path(folder), port, given.officers, given.seconds, environ)
            ended.set()
            watch.join()
        finally:
            server.terminate()
            server.wait(20)
        run(["-m", "jdzfire", "--home", str(home), "case", "verify"], environ)
    print(f"{given.officers} officers, {'PostgreSQL' if given.postgres else 'SQLite'}")
    for name, row in crowd.items():
        one = alone.get(name, {})
        print(
            f"{name:<20} n {row['Request Count']:>6}  failed {row['Failure Count']:>3}  "
            f"p50 {row['50%']:>5} ms  p95 {row['95%']:>5} ms  "
            f"(alone p50 {one.get('50%', '-')}, p95 {one.get('95%', '-')})"
        )


def keep_watch(home: Path, environ: dict[str, str], ended: threading.Event) -> None:
    """A cycle every half minute, each with the answers that came meanwhile."""
    words = ["-m", "jdzfire", "--home", str(home), "watch", "--once", "--now", NOW]
    cycles = 0
    while not ended.is_set():
        subprocess.run([sys.executable, *words], env=environ, check=False, capture_output=True)  # noqa: S603
        cycles += 1
        ended.wait(_EVERY_S)
    print(f"{cycles} cycles of the watch meanwhile")


def run(words: list[str], environ: dict[str, str]) -> None:
    """A Python command that must end well."""
    subprocess.run([sys.executable, *words], env=environ, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def load(
    folder: Path, port: int, officers: int, seconds: int, environ: dict[str, str]
) -> dict[str, dict[str, str]]:
    """Statistics of locust by kind of request."""
    prefix = folder / f"load{officers}"
    subprocess.run(  # noqa: S603
        [
            *("locust", "-f", str(HERE / "desk_users.py"), "--headless", "--only-summary"),
            *("-u", str(officers), "-r", "1", "-t", f"{seconds}s", "--reset-stats"),
            *("--host", f"http://127.0.0.1:{port}", "--csv", str(prefix), "--loglevel", "ERROR"),
        ],
        env=environ, check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    print(Path(f"{prefix}_failures.csv").read_text(encoding="utf-8"), end="", file=sys.stderr)
    with Path(f"{prefix}_stats.csv").open(encoding="utf-8") as file:
        return {row["Name"]: row for row in csv.DictReader(file) if row["Name"] != "Aggregated"}


_FEW = """
import sys
from datetime import UTC, datetime
from jdzfire.cases import steps
from jdzfire.workspace import open_workspace
with open_workspace(sys.argv[1]) as workspace:  # as many open as in the SQLite ledger of the demo
    for case_id in workspace.ledger.load_open_cases()["case_id"].tolist()[:-8]:
        step = steps.cancel("of a new ledger", who="bench", at=datetime.now(UTC))
        workspace.ledger.change_case(case_id, step)
"""
_MANY = """
import sys
from datetime import UTC, datetime
from jdzfire.cases import steps
from jdzfire.workspace import open_workspace
with open_workspace(sys.argv[1]) as workspace:
    cases = workspace.ledger.load_cases()
    for case_id in cases.loc[cases["closed_at"].notna(), "case_id"]:
        step = steps.reopen(who="bench", at=datetime.now(UTC))
        workspace.ledger.change_case(case_id, step)
"""
_USERS = """
import sys
from jdzfire.desk.server import prepare
prepare(sys.argv[1])
from jdzfire.desk.models import Officer
for number in range(int(sys.argv[2])):
    Officer.objects.create_user(f"officer{number}", password="correct horse battery",
                                role="city", must_change=False)
"""


if __name__ == "__main__":
    main()
