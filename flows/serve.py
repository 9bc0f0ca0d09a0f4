"""The watch on a schedule: ``python -m flows.serve``, every ``watch_every_min``.

Needs a Prefect server (``prefect server start``), or ``PREFECT_API_URL`` of one.
"""

from __future__ import annotations

import argparse
from datetime import timedelta

from flows.watch import watch
from jdzfire.settings import load_settings


def serve_watch(home: str, *, every_s: float) -> None:
    """Run the watch again and again until the process is stopped."""
    watch.serve(
        name="watch",
        interval=timedelta(seconds=every_s),
        parameters={"home": home},
        limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--home", default="jdzfire-home")
    arguments.add_argument("--every-s", type=float, help="default: watch_every_min of the settings")
    given = arguments.parse_args()
    every_s = given.every_s or 60.0 * load_settings(home=given.home).watch_every_min
    serve_watch(given.home, every_s=every_s)
