"""Health: is everything there that the watch needs, and is it fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from jdzfire.feeds import FEEDS
from jdzfire.feeds.registers import REGISTER_KINDS
from jdzfire.schemas import REGISTERS
from jdzfire.stages.house import House
from jdzfire.stages.intake import ARCHIVED, UNUSABLE
from jdzfire.stages.showing import EDITIONS
from jdzfire.store import grid_path, load_register, load_rejected, verify_folder

__all__ = ["Finding", "examine"]

NEEDED = ("admin", "zones", "permits", "teams", "heat-sources")
"""Registers without which verdicts or the map lack something."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    """What was looked at."""
    is_well: bool
    """Whether it is as it should be."""
    state: str
    """What was found."""


def examine(house: House, *, at: datetime) -> list[Finding]:
    """Look at the registers, the feeds, the inputs and the published map.

    Parameters
    ----------
    house : House
    at : datetime

    Returns
    -------
    list of Finding
    """
    return [*_registers(house), *_feeds(house, at), *_inputs(house), *_maps(house)]


def _registers(house: House) -> list[Finding]:
    found = []
    for kind in REGISTER_KINDS:
        if kind in REGISTERS:
            count = len(load_register(house.home, kind))
            state = f"{count} rows" if count else "empty"
        else:
            count = int(grid_path(house.home, kind) is not None)
            state = "there" if count else "missing"
        found.append(Finding(f"register {kind}", bool(count) or kind not in NEEDED, state))
    return found


def _feeds(house: House, at: datetime) -> list[Finding]:
    held = house.ledger.load_feeds().set_index("feed")["last_data_at"]
    found = []
    for name, feed in FEEDS.items():
        is_expected = name in house.settings.expected_feeds
        last = held.get(name)
        if last is None or pd.isna(last):
            found.append(Finding(f"feed {name}", not is_expected, "no data yet"))
            continue
        age_h = (at - last).total_seconds() / 3600.0
        is_late = age_h > feed.late_after_h
        state = f"newest data {age_h:.1f} h old, late after {feed.late_after_h:.0f} h"
        found.append(Finding(f"feed {name}", not (is_late and is_expected), state))
    return found


def _inputs(house: House) -> list[Finding]:
    inputs = house.ledger.load_inputs()
    waiting = int((inputs["state"] == ARCHIVED).sum())
    unusable = int((inputs["state"] == UNUSABLE).sum())
    return [
        Finding("inputs waiting to be judged", waiting == 0, str(waiting)),
        Finding("inputs that could not be used", True, str(unusable)),
        Finding("rows set aside", True, str(len(load_rejected(house.home)))),
    ]


def _maps(house: House) -> list[Finding]:
    found = []
    for edition in EDITIONS:
        target = house.home.published_dir / edition
        if not target.exists():
            found.append(Finding(f"map {edition}", False, "not published yet"))
            continue
        damaged = verify_folder(target)
        state = "whole" if not damaged else f"damaged: {', '.join(damaged)}"
        found.append(Finding(f"map {edition}", not damaged, state))
    return found
