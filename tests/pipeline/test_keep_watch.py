"""Cycle after cycle: on time, whatever one of them raises."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from jdzfire.errors import InputError, StoreError, UsageError
from jdzfire.pipeline.keep_watch import keep_watch
from tests.tables import utc

START = utc("2024-04-04 05:40")
EVERY = timedelta(minutes=10)


class Clock:
    """A clock that a test moves: by waiting, and by what a cycle takes."""

    def __init__(self) -> None:
        self.now = START
        self.waited = timedelta(0)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.waited += timedelta(seconds=seconds)


def watched(takes: list[timedelta | BaseException], *, cycles: int | None = None):
    clock, begun, said = Clock(), [], []

    def run(at: datetime) -> None:
        begun.append(at)
        step = takes[len(begun) - 1]
        if isinstance(step, BaseException):
            raise step
        clock.now += step

    keep_watch(
        run,
        every=EVERY,
        say=said.append,
        clock=clock,
        wait=clock.wait,
        cycles=cycles or len(takes),
    )
    return begun, said, clock


def test_cycles_begin_at_the_interval() -> None:
    begun, said, _ = watched([timedelta(seconds=2)] * 3)
    assert begun == [START, START + EVERY, START + 2 * EVERY]
    assert said[0] == "next cycle at 2024-04-04 13:50:00 Beijing time"


def test_a_long_cycle_is_followed_at_once_and_none_is_made_up_for() -> None:
    begun, _, clock = watched([timedelta(minutes=35), timedelta(0), timedelta(0)])
    assert begun == [START, START + timedelta(minutes=35), START + timedelta(minutes=45)]
    assert clock.waited == 2 * EVERY  # after the second and the third


def test_any_failing_cycle_is_said_and_the_next_one_runs() -> None:
    faults = [
        timedelta(0),
        StoreError("the disk is full"),
        InputError("a file is damaged"),
        UsageError("a setting was broken meanwhile"),
        ZeroDivisionError("ours"),
        MemoryError(),
        timedelta(0),
    ]
    begun, said, _ = watched(faults)
    assert len(begun) == len(faults)
    failed = [line for line in said if line.startswith("cycle failed")]
    assert len(failed) == 5
    assert "the disk is full" in failed[0]
    assert "ZeroDivisionError: ours" in failed[3]


def test_what_a_person_must_set_right_ends_the_first_cycle() -> None:
    with pytest.raises(UsageError):
        watched([UsageError("no such language")])


@pytest.mark.parametrize("end", [SystemExit(143), KeyboardInterrupt()])
def test_a_signal_ends_the_watch(end: BaseException) -> None:
    with pytest.raises(type(end)):
        watched([timedelta(0), end], cycles=5)


def test_a_clock_that_is_set_back_does_not_stop_the_watch() -> None:
    clock, begun = Clock(), []

    def run(at: datetime) -> None:
        begun.append(at)

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        if len(begun) == 1:
            clock.now = START - timedelta(days=30)

    keep_watch(run, every=EVERY, say=len, clock=clock, wait=wait, cycles=2)
    assert begun == [START, START - timedelta(days=30)]
