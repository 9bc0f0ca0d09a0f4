"""Publishers to be killed or doubled: ``python site_writer.py SITE KEEP``, then lines on stdin.

For each line ``FIRST LAST`` a process of its own (a fork: the imports are paid once) publishes the
runs FIRST to LAST - 1 of both editions. It prints its number first, then each run that is up; when
it has ended the script prints ``ended`` and how. Every run's files name the run, so that a page of
two runs would be seen; one file is the same in all, as an alert that stands is.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jdzfire.store.site import load_runs, lock_site, prune_runs, publish_run, write_front

START = datetime(2024, 4, 4, 0, 0, tzinfo=UTC)
EDITIONS = ("internal", "public")


def run_files(number: int, edition: str) -> dict[str, bytes]:
    """Files of one run, with a status that names them."""
    files = {
        "index.html": f"{edition} {number}\n".encode() * 8_000,
        "papers/daily.html": f"{edition} {number}\n".encode() * 5_000,
        "bulletin.txt": f"{edition} {number}\n".encode(),
        "exports/cap/same.xml": f"{edition}\n".encode(),
    }
    stated = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return files | {"status.json": json.dumps({"number": number, "files": stated}).encode()}


def put_up(site: Path, number: int, keep: int) -> bool:
    """Put a run of both editions up; False when newer ones are up."""
    at = START + timedelta(minutes=30 * number)
    with lock_site(site):
        is_up = [publish_run(site, name, run_files(number, name), data_at=at) for name in EDITIONS]
        runs = load_runs(site, keep=keep)
        front = "\n".join(run.folder for run in runs)
        write_front(site, {"index.html": front.encode()})
        prune_runs(site, keep=keep)
    return all(is_up)


def echo(text: object) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Fork a publisher for each line."""
    # who is killed loses nothing the system holds: only a power cut would, and fsync is slow
    os.fsync = lambda descriptor: None
    site, keep = Path(sys.argv[1]), int(sys.argv[2])
    for line in sys.stdin:
        first, last = map(int, line.split())
        child = os.fork()
        if child:
            echo(f"ended {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")
            continue
        echo(os.getpid())
        for number in range(first, last):
            put_up(site, number, keep)
            echo(number)
        os._exit(0)


if __name__ == "__main__":
    main()
