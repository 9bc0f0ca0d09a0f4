"""Health: is everything there that the watch needs, and is it fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jdzfire.feeds.registers import REGISTER_KINDS
from jdzfire.publish.basemaps import LOCAL
from jdzfire.schemas import REGISTERS
from jdzfire.stages.feed_health import examine_feeds
from jdzfire.stages.fetching import days_to_ask
from jdzfire.stages.house import House
from jdzfire.stages.observing import looks_at
from jdzfire.stages.receiving import ARCHIVED, RECEIVED, UNUSABLE
from jdzfire.stages.showing import EDITIONS
from jdzfire.store import grid_path, load_basemap, load_register, load_rejected, verify_folder

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
    return [
        *_registers(house),
        *_feeds(house, at),
        *_gaps(house, at),
        *_looks(house, at),
        *_inputs(house),
        *_basemap(house),
        *_maps(house),
    ]


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
    return [
        Finding(f"feed {health.feed}", health.is_well, health.words(house.feeds[health.feed]))
        for health in examine_feeds(house, at=at)
    ]


def _gaps(house: House, at: datetime) -> list[Finding]:
    """Days of live sources that no good answer covers yet, today and yesterday aside."""
    if "firms" not in house.settings.live_feeds:
        return []
    held = house.ledger.load_fetches()
    found = []
    for source in house.settings.firms_sources:
        days = days_to_ask(held[held["source"] == source], at=at, look_back=1)[:-2]
        state = ", ".join(day.isoformat() for day in days[:8]) or "none"
        found.append(Finding(f"days without an answer of {source}", not days, state))
    return found


def _looks(house: House, at: datetime) -> list[Finding]:
    """The township that was not looked at for the longest time."""
    looks = looks_at(house, load_register(house.home, "admin"), at=at)
    if looks.empty:
        return []
    newest = looks.groupby("township_id")["last_looked_at"].max()
    if newest.isna().any():
        state = f"{int(newest.isna().sum())} of {len(newest)} townships never, as far as is known"
        return [Finding("last look at each township", True, state)]
    age_h = (at - newest.min()).total_seconds() / 3600.0
    return [Finding("last look at each township", True, f"longest ago {age_h:.1f} h")]


def _inputs(house: House) -> list[Finding]:
    inputs = house.ledger.load_inputs()
    unread = int((inputs["state"] == RECEIVED).sum())
    waiting = int((inputs["state"] == ARCHIVED).sum())
    unusable = int((inputs["state"] == UNUSABLE).sum())
    return [
        Finding("inputs waiting to be read", unread == 0, str(unread)),
        Finding("inputs waiting to be judged", waiting == 0, str(waiting)),
        Finding("inputs that could not be used", True, str(unusable)),
        Finding("rows set aside", True, str(len(load_rejected(house.home)))),
    ]


def _basemap(house: House) -> list[Finding]:
    if house.settings.tile_url != LOCAL:
        return []
    kept = load_basemap(house.home.published_dir)
    state = "not unpacked: jdzfire basemap" if kept is None else f"{kept.tiles} tiles"
    return [Finding("local base map", kept is not None, state)]


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
