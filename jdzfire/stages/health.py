"""Health: is everything there that the watch needs, and is it fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jdzfire.feeds.registers import REGISTER_KINDS
from jdzfire.publish.basemaps import LOCAL
from jdzfire.schemas import REGISTERS
from jdzfire.settings import load_settings
from jdzfire.stages.feed_health import examine_feeds
from jdzfire.stages.fetching import days_to_ask
from jdzfire.stages.house import House, open_house
from jdzfire.stages.observing import looks_at
from jdzfire.stages.rebuilding import raw_inputs, rebuild_archive
from jdzfire.stages.receiving import ARCHIVED, RECEIVED, UNUSABLE
from jdzfire.stages.showing import EDITIONS
from jdzfire.store import (
    Home,
    grid_path,
    ledger_problem,
    list_damage,
    load_basemap,
    load_register,
    load_rejected,
    open_home,
    raw_problem,
    verify_folder,
)

__all__ = ["Finding", "examine", "examine_workspace"]

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
    is_damage: bool = False
    """Something kept is missing or damaged: see jdzfire repair."""


def examine_workspace(
    root: Path | str | None = None,
    *,
    at: datetime,
    deep: bool = False,
    progress: Callable[[], object] = lambda: None,
) -> list[Finding]:
    """See whether everything kept is there and whole, then whether it is fresh.

    Parameters
    ----------
    root : path, optional
        Default: see :func:`jdzfire.settings.load_settings`.
    at : datetime
    deep : bool
        Hash every kept and raw file, let SQLite check the whole ledger, and compare the archive
        with what the raw files say.
    progress : callable
        Called after each raw file that is read again.

    Returns
    -------
    list of Finding
        Only what is damaged (``is_damage``), when anything is: the rest cannot be told then.
    """
    settings = load_settings(root)
    home = open_home(settings.home)
    damage = [
        Finding(name, False, state, is_damage=True)
        for name, state in _damage(home, is_sqlite=settings.ledger_url is None, deep=deep)
    ]
    if damage:
        return damage
    with open_house(root) as house:
        found = [*examine(house, at=at), *_raw_files(house, deep=deep)]
        if deep:
            found.append(_archive_against_raw(house, progress))
        return found


def _damage(home: Home, *, is_sqlite: bool, deep: bool) -> Iterator[tuple[str, str]]:
    problem = ledger_problem(home, deep=True) if is_sqlite else ""
    if problem:
        yield "ledger", problem
    yield from list_damage(home, deep=deep).items()


def _raw_files(house: House, *, deep: bool) -> list[Finding]:
    """Raw files that the ledger counts on, and files it does not know."""
    named = dict(raw_inputs(house))
    wrong = [
        f"{name}: {problem}"
        for sha256, name in named.items()
        if (problem := raw_problem(house.home, sha256, deep=deep))
    ]
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    state = "; ".join(wrong[:3]) + more if wrong else f"{len(named)} files there"
    present = {path.name for path in house.home.raw_dir.glob("*/[!.]*")}
    unknown = len(present - set(named))
    found = [Finding("raw files", not wrong, state, is_damage=bool(wrong))]
    if unknown:
        found.append(
            Finding(
                "raw files no input names", True, f"{unknown}: files refused, or of a killed run"
            )
        )
    return found


def _archive_against_raw(house: House, progress: Callable[[], object]) -> Finding:
    rebuilt = rebuild_archive(house, progress=progress)
    wrong = [*rebuilt.differing, *(f"{name} has no raw file" for name in rebuilt.without_raw)]
    state = f"{rebuilt.months} months equal" if not wrong else ", ".join(wrong[:5])
    return Finding("archive against raw files", not wrong, state, is_damage=bool(wrong))


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
