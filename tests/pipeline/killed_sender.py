"""A sender of alerts that is killed at random moments: run as a script.

``python -m tests.pipeline.killed_sender HOME KILLS SEED`` queues alerts, and again and again starts
a process that sends them and kills it with SIGKILL. It prints one JSON object: alerts queued, lost,
got twice, and got twice though nobody was killed while their message was on its way.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jdzfire.pipeline.alert import queue_test, send_alerts
from jdzfire.store import ledger_alerts
from jdzfire.workspace import open_workspace
from tests.alerts.receiver import Receiver, receiver

TURN_S = 0.2
SENDER = f"""
import sys
from datetime import timedelta
from jdzfire.pipeline.alert import send_alerts
from jdzfire.store import ledger_alerts
from jdzfire.workspace import open_workspace
ledger_alerts.TURN = timedelta(seconds={TURN_S})
with open_workspace(sys.argv[1]) as workspace:
    print("ready", flush=True)
    while True:
        send_alerts(workspace)
"""


def kill_senders(root: Path, kills: int, seed: int) -> dict[str, int]:
    """Queue, send and kill; then send in peace what is left."""
    rng = random.Random(seed)  # noqa: S311
    with receiver() as there:
        (root / "jdzfire.toml").write_text(
            'alert_own_hosts = ["127.0.0.1"]\nalert_digest_over = 1000\n[[alert_channels]]\n'
            f'name = "duty"\nkind = "webhook"\nurl = "{there.url}"\nper_minute = 1000000\n',
            "utf-8",
        )
        for _ in range(kills):
            with open_workspace(root) as workspace:
                for _ in range(12):
                    queue_test(workspace, "duty", at=datetime.now(UTC))
            _send_and_kill(root, rng)
        ledger_alerts.TURN = timedelta(seconds=TURN_S)
        with open_workspace(root) as workspace:
            while set(workspace.ledger.load_alerts()["state"]) != {"sent"}:
                send_alerts(workspace)
                time.sleep(TURN_S)
            queued = workspace.ledger.load_alerts()["alert_id"].tolist()
        return _count(queued, there, kills)


def _send_and_kill(root: Path, rng: random.Random) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", SENDER, str(root)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    started.stdout.readline()
    time.sleep(rng.uniform(0.0, 0.25))
    started.kill()
    started.wait()
    started.stdout.close()


def _count(queued: list[str], there: Receiver, kills: int) -> dict[str, int]:
    came = Counter(one for body in there.bodies for one in body["alerts"])
    twice = sum(count - 1 for count in came.values())
    return {
        "kills": kills,
        "queued": len(queued),
        "lost": len(set(queued) - set(came)),
        "twice": twice,
        "more_than_kills": max(0, twice - kills),
    }


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(kill_senders(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    )
