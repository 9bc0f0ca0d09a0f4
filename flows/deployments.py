"""Every deployment of ``prefect.yaml`` in one process: ``python -m flows.deployments``.

Without ``PREFECT_API_URL`` it starts a server on loopback, with its database (sqlite) in the
working folder, and ends it with itself: for a look, and for a city that needs no more.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import yaml
from prefect import Flow, serve
from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.server import own_server
from flows.turn import LIMIT
from jdzfire.settings import load_settings
from jdzfire.signals import end_on_signals
from jdzfire.store.home import open_home

TOP = Path(__file__).resolve().parents[1]
FILE = TOP / "prefect.yaml"
_HOME = "{{ $JDZFIRE_HOME }}"


def deployments(
    home: str, *, is_paused: bool = False, watch_every_s: float | None = None
) -> list[RunnerDeployment]:
    """The deployments of ``prefect.yaml`` on a working folder.

    Parameters
    ----------
    home : str
    is_paused : bool
        Nothing runs by itself: for a look.
    watch_every_s : float, optional
        Pause between two runs of the watch, in place of its schedule.
    """
    found = []
    for entry in yaml.safe_load(FILE.read_text(encoding="utf-8"))["deployments"]:
        path, _, name = entry["entrypoint"].partition(":")
        module = path.removesuffix(".py").replace("/", ".")
        flow: Flow[..., Any] = getattr(__import__(module, fromlist=[name]), name)
        parameters = {
            key: home if value == _HOME else value for key, value in entry["parameters"].items()
        }
        schedules: list[Schedule] = [
            Cron(one["cron"], timezone=one["timezone"]) for one in entry["schedules"]
        ]
        if entry["name"] == "watch" and watch_every_s is not None:
            schedules = [Interval(watch_every_s)]
        deployment: Any = flow.to_deployment(
            name=entry["name"],
            parameters=parameters,
            schedules=schedules,
            paused=is_paused,
            description=entry["description"],
            tags=entry["tags"],
        )
        found.append(deployment)
    return found


def set_limit() -> None:
    """One work at a time on a working folder, whatever the deployment."""
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(LIMIT, 1)


def main() -> None:
    """Serve until the process is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", help="working folder; default: JDZFIRE_HOME")
    parser.add_argument("--paused", action="store_true", help="nothing runs by itself")
    parser.add_argument("--watch-every-s", type=float, help="instead of the watch's schedule")
    parser.add_argument("--limit-only", action="store_true", help="set the limit, serve nothing")
    parser.add_argument("--port", type=int, default=4200, help="of the server on loopback")
    given = parser.parse_args()
    if given.limit_only:
        set_limit()
        return
    end_on_signals()
    home = str(Path(given.home or load_settings().home).absolute())
    prefect_dir = open_home(home).prefect_dir
    os.environ.setdefault("PREFECT_HOME", str(prefect_dir))
    with (
        own_server(prefect_dir, port=given.port, has_page=True) as url,
        temporary_settings(updates={PREFECT_API_URL: url}),
    ):
        set_limit()
        print(f"page: {url.removesuffix('/api')}")  # noqa: T201  (the one line a person waits for)
        found = deployments(home, is_paused=given.paused, watch_every_s=given.watch_every_s)
        serve(*found, limit=1, pause_on_shutdown=False)


if __name__ == "__main__":
    main()
