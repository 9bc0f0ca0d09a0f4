"""Health: is everything there that the watch needs, and is it fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jdzfire.feeds.registers import REGISTER_KINDS
from jdzfire.maps.basemaps import LOCAL
from jdzfire.pipeline.check_feeds import examine_feeds
from jdzfire.pipeline.fetch import days_to_ask
from jdzfire.pipeline.publish import EDITIONS
from jdzfire.pipeline.rebuild import raw_inputs, rebuild_archive
from jdzfire.queries.coverage import observations_at
from jdzfire.schemas import REGISTERS
from jdzfire.settings import load_settings
from jdzfire.store.atomic import verify_folder
from jdzfire.store.basemap import load_basemap
from jdzfire.store.grids import grid_path
from jdzfire.store.home import Home, open_home
from jdzfire.store.kept import list_damage
from jdzfire.store.ledger_file import ledger_problem
from jdzfire.store.ledger_inputs import ARCHIVED, RECEIVED, UNUSABLE
from jdzfire.store.raw import raw_problem
from jdzfire.store.registers import load_register
from jdzfire.store.rejected import load_rejected
from jdzfire.workspace import Workspace, open_workspace

NEEDED = ("admin", "zones", "permits", "teams", "heat-sources")
"""Registers without which verdicts or the map lack something."""


@dataclass(frozen=True)
class Finding:
    """One thing that was examined."""

    what: str
    """What was examined."""
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
        with the raw files.
    progress : callable
        Called after each raw file that is read again.

    Returns
    -------
    list of Finding
        Only what is damaged (``is_damage``), when anything is: the rest cannot be determined then.
    """
    settings = load_settings(root)
    home = open_home(settings.home)
    damage = [
        Finding(name, False, state, is_damage=True)
        for name, state in _damage(home, is_sqlite=settings.ledger_url is None, deep=deep)
    ]
    if damage:
        return damage
    with open_workspace(root) as workspace:
        found = [*examine(workspace, at=at), *_raw_files(workspace, deep=deep)]
        if deep:
            found.append(_archive_against_raw(workspace, progress))
        return found


def _damage(home: Home, *, is_sqlite: bool, deep: bool) -> Iterator[tuple[str, str]]:
    problem = ledger_problem(home, deep=True) if is_sqlite else ""
    if problem:
        yield "ledger", problem
    yield from list_damage(home, deep=deep).items()


def _raw_files(workspace: Workspace, *, deep: bool) -> list[Finding]:
    """Raw files that the ledger counts on, and files it does not know."""
    named = dict(raw_inputs(workspace))
    wrong = [
        f"{name}: {problem}"
        for sha256, name in named.items()
        if (problem := raw_problem(workspace.home, sha256, deep=deep))
    ]
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    state = "; ".join(wrong[:3]) + more if wrong else f"{len(named)} files there"
    present = {path.name for path in workspace.home.raw_dir.glob("*/[!.]*")}
    unknown = len(present - set(named))
    found = [Finding("raw files", not wrong, state, is_damage=bool(wrong))]
    if unknown:
        found.append(
            Finding(
                "raw files no input names", True, f"{unknown}: files refused, or of a killed run"
            )
        )
    return found


def _archive_against_raw(workspace: Workspace, progress: Callable[[], object]) -> Finding:
    rebuilt = rebuild_archive(workspace, progress=progress)
    wrong = [*rebuilt.differing, *(f"{name} has no raw file" for name in rebuilt.without_raw)]
    state = f"{rebuilt.months} months equal" if not wrong else ", ".join(wrong[:5])
    return Finding("archive against raw files", not wrong, state, is_damage=bool(wrong))


def examine(workspace: Workspace, *, at: datetime) -> list[Finding]:
    """Look at the registers, the feeds, the inputs and the published map.

    Parameters
    ----------
    workspace : Workspace
    at : datetime

    Returns
    -------
    list of Finding
    """
    return [
        *_registers(workspace),
        *_feeds(workspace, at),
        *_gaps(workspace, at),
        *_observations(workspace, at),
        *_inputs(workspace),
        *_basemap(workspace),
        *_maps(workspace),
    ]


def _registers(workspace: Workspace) -> list[Finding]:
    found = []
    for kind in REGISTER_KINDS:
        if kind in REGISTERS:
            count = len(load_register(workspace.home, kind))
            state = f"{count} rows" if count else "empty"
        else:
            count = int(grid_path(workspace.home, kind) is not None)
            state = "there" if count else "missing"
        found.append(Finding(f"register {kind}", bool(count) or kind not in NEEDED, state))
    return found


def _feeds(workspace: Workspace, at: datetime) -> list[Finding]:
    return [
        Finding(f"feed {health.feed}", health.is_well, health.words(workspace.feeds[health.feed]))
        for health in examine_feeds(workspace, at=at)
    ]


def _gaps(workspace: Workspace, at: datetime) -> list[Finding]:
    """Days of live sources that no good answer covers yet, except today and yesterday."""
    if "firms" not in workspace.settings.live_feeds:
        return []
    held = workspace.ledger.load_fetches()
    found = []
    for source in workspace.settings.firms_sources:
        days = days_to_ask(held[held["source"] == source], at=at, lookback=1)[:-2]
        state = ", ".join(day.isoformat() for day in days[:8]) or "none"
        found.append(Finding(f"days without an answer of {source}", not days, state))
    return found


def _observations(workspace: Workspace, at: datetime) -> list[Finding]:
    """The township observed longest ago."""
    observations = observations_at(workspace, load_register(workspace.home, "admin"), at=at)
    if observations.empty:
        return []
    newest = observations.groupby("township_id")["last_looked_at"].max()
    if newest.isna().any():
        state = f"{int(newest.isna().sum())} of {len(newest)} townships never, as far as is known"
        return [Finding("last observation of each township", True, state)]
    age_h = (at - newest.min()).total_seconds() / 3600.0
    return [Finding("last observation of each township", True, f"longest ago {age_h:.1f} h")]


def _inputs(workspace: Workspace) -> list[Finding]:
    inputs = workspace.ledger.load_inputs()
    unread = int((inputs["state"] == RECEIVED).sum())
    waiting = int((inputs["state"] == ARCHIVED).sum())
    unusable = int((inputs["state"] == UNUSABLE).sum())
    return [
        Finding("inputs waiting to be read", unread == 0, str(unread)),
        Finding("inputs waiting to be judged", waiting == 0, str(waiting)),
        Finding("inputs that could not be used", True, str(unusable)),
        Finding("rejected rows", True, str(len(load_rejected(workspace.home)))),
    ]


def _basemap(workspace: Workspace) -> list[Finding]:
    if workspace.settings.tile_url != LOCAL:
        return []
    kept = load_basemap(workspace.home.published_dir)
    state = "not unpacked: jdzfire basemap" if kept is None else f"{kept.tiles} tiles"
    return [Finding("local base map", kept is not None, state)]


def _maps(workspace: Workspace) -> list[Finding]:
    found = []
    for edition in EDITIONS:
        target = workspace.home.published_dir / edition
        if not target.exists():
            found.append(Finding(f"map {edition}", False, "not published yet"))
            continue
        damaged = verify_folder(target)
        state = "whole" if not damaged else f"damaged: {', '.join(damaged)}"
        found.append(Finding(f"map {edition}", not damaged, state))
    return found
