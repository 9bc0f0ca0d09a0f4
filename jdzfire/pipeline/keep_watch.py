"""Cycles one after the other in one process, which stays warm between them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from jdzfire.errors import JdzfireError, SettingsError, UsageError
from jdzfire.redact import redact

_NAP_S = 1.0
_BEIJING = ZoneInfo("Asia/Shanghai")


def keep_watch(
    run: Callable[[datetime], None],
    *,
    every: timedelta,
    say: Callable[[str], None],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    wait: Callable[[float], None] = time.sleep,
    cycles: int | None = None,
) -> None:
    """Run a cycle, wait for the next one, and go on whatever one of them raises.

    Parameters
    ----------
    run : callable
        One cycle of this moment.
    every : timedelta
        Between the beginnings of two cycles. A cycle that takes longer is followed at once; none
        is made up for.
    say : callable
        Takes one line: what failed, and what is waited for.
    clock, wait : callable
        Now, and a pause [s]. The clock is asked again after each pause of at most a second, so
        that a machine that slept, or was set, does not miss its time.
    cycles : int, optional
        End after so many; default: only when the process is stopped.

    Raises
    ------
    UsageError, SettingsError
        What a person must set right first; only of the first cycle, later ones go on.

    Notes
    -----
    What ends a process, such as ``SystemExit`` of a signal, ends the watch.
    """
    done = 0
    while cycles is None or done < cycles:
        begun = clock()
        try:
            run(begun)
        except (UsageError, SettingsError) as error:
            if not done:
                raise
            say(f"cycle failed: {error}")
        except JdzfireError as error:
            say(f"cycle failed: {error}")
        except Exception:
            say(f"cycle failed, which is our fault:\n{redact(traceback.format_exc())}")
        done += 1
        following = max(begun + every, clock())
        say(f"next cycle at {following.astimezone(_BEIJING):%Y-%m-%d %H:%M:%S} Beijing time")
        while begun <= (now := clock()) < following:  # a clock set back: no longer than that
            wait(min(_NAP_S, (following - now).total_seconds()))
