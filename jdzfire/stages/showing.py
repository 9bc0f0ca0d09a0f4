"""Showing: the board of a moment, drawn and put up atomically."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from jdzfire.feeds import FEEDS
from jdzfire.feeds.registers import read_grid
from jdzfire.provenance import product_note
from jdzfire.publish import (
    HISTORY_COLUMNS,
    PUBLISHERS,
    Board,
    CapOptions,
    Edition,
    describe_status,
    draw_front,
    public_edition,
    publish_alerts,
)
from jdzfire.publish.basemaps import LOCAL, local_tile_url
from jdzfire.publish.labels import Lang, check_lang
from jdzfire.publish.passes import trace_events
from jdzfire.reach import nearest_teams
from jdzfire.stages.house import House
from jdzfire.stages.observing import looks_at
from jdzfire.stages.planning import report_year
from jdzfire.stages.standing import load_danger
from jdzfire.stages.watched import watched_bbox
from jdzfire.store import (
    grid_path,
    load_basemap,
    load_hotspots,
    load_register,
    load_rejected,
    load_runs,
    lock_site,
    prune_runs,
    put_up_run,
    write_front,
)
from jdzfire.triage import needs_duty, rules_version
from jdzfire.weather import sample_weather

__all__ = ["board_of", "publish_editions"]

EDITIONS: tuple[Edition, ...] = ("internal", "public")


def board_of(
    house: House,
    *,
    at: datetime,
    danger: xr.Dataset | None = None,
    also: Collection[str] = (),
) -> Board:
    """Everything a page shows at a moment, from the store.

    Events that need the duty room are all on it; explained and closed ones only while they are
    younger than ``map_days``.

    Parameters
    ----------
    house : House
    at : datetime
    danger : Dataset, optional
        Fire danger of the days, computed from the register when it is not given.
    also : collection of str
        Events that are on it however old they are.

    Returns
    -------
    Board
    """
    home, ledger, settings = house.home, house.ledger, house.settings
    verdicts, cases = ledger.load_verdicts(), ledger.load_cases()
    events = ledger.load_events()
    needed = set(verdicts.loc[needs_duty(verdicts, cases), "event_id"])
    is_recent = events["last_seen_at"] >= at - timedelta(days=settings.map_days)
    asked = events["event_id"].isin([*needed, *also])
    is_shown = events["merged_into"].isna() & (is_recent | asked)
    events = events[is_shown & (events["first_seen_at"] <= at)].reset_index(drop=True)
    members = ledger.load_members()
    members = members[members["event_id"].isin(events["event_id"])]
    hotspots = _hotspots_of(house, members, events, at)
    teams = load_register(home, "teams")
    danger = load_danger(house) if danger is None else danger
    shown = events["event_id"]
    admin = load_register(home, "admin")
    return Board(
        now=at,
        events=events,
        verdicts=verdicts[verdicts["event_id"].isin(events["event_id"])].reset_index(drop=True),
        hotspots=hotspots,
        members=members.reset_index(drop=True),
        verdict_history=_history_of(house, events),
        cases=cases[cases["event_id"].isin(events["event_id"])].reset_index(drop=True),
        permits=load_register(home, "permits"),
        zones=load_register(home, "zones"),
        heat_sources=load_register(home, "heat-sources"),
        teams=teams,
        nearest=nearest_teams(events[events["event_id"].isin([*needed, *also])], teams),
        admin=admin,
        roads=load_register(home, "roads"),
        settlements=load_register(home, "settlements"),
        feeds=_feeds_at(house, at),
        looks=looks_at(house, admin, at=at),
        dem=_dem(house),
        rejected_count=len(load_rejected(home)),
        city=settings.city,
        danger=_danger_today(danger, settings.watch_bbox, at),
        special_days=load_register(home, "special-days"),
        danger_of_events=_danger_of_events(danger, events),
        growth=trace_events(hotspots, members, shown[shown.isin([*needed, *also])]),
        travel=settings.siting,
        renewed_every_min=settings.watch_every_min,
        season=report_year(house, pd.Timestamp(at).tz_convert("Asia/Shanghai").year),
    )


def publish_editions(
    house: House,
    *,
    at: datetime,
    editions: Sequence[Edition] = EDITIONS,
    lang: str | None = None,
    danger: xr.Dataset | None = None,
) -> dict[str, Path]:
    """Draw every edition and put it up; an older board never replaces a newer one.

    Each run stays in a dated folder, the last ``publish_keep`` of them; the front page of the
    site lists them. All is drawn before anything is changed.

    Parameters
    ----------
    house : House
    at : datetime
    editions : sequence of "internal", "public"
    lang : str, optional
        Default: that of the settings.
    danger : Dataset, optional

    Returns
    -------
    dict of Path
        Folder of each edition that was put up; an edition already newer is left out.
    """
    board = board_of(house, at=at, danger=danger)
    speech = check_lang(lang or house.settings.lang)
    drawn = {edition: _draw(house, board, edition, speech) for edition in editions}
    site, keep = house.home.published_dir, house.settings.publish_keep
    keep_bytes = house.settings.publish_keep_mb << 20
    shown: dict[str, Path] = {}
    with lock_site(site):
        for edition, files in drawn.items():
            if put_up_run(site, edition, files, data_at=at):
                shown[edition] = site / edition
        runs = [vars(run) for run in load_runs(site, keep=keep, keep_bytes=keep_bytes)]
        write_front(site, draw_front(runs, city=house.settings.city, lang=speech))
        prune_runs(site, keep=keep, keep_bytes=keep_bytes)
    return shown


def _draw(house: House, board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
    """Every file of an edition, its note and its status among them."""
    if edition == "public":
        board = public_edition(board)
    inputs = house.ledger.load_inputs()
    if edition == "public":  # the sha256 of one report could be guessed from its place
        inputs = inputs[inputs["kind"] != "ground"]
    note = product_note(
        data_at=board.now,
        inputs=inputs["sha256"],
        rules_version=rules_version(house.settings.triage),
    )
    files: dict[str, bytes] = {}
    for publisher in PUBLISHERS.values():
        files |= publisher(board, edition=edition, lang=lang, tile_url=_tile_url(house))
    files |= publish_alerts(
        board,
        files,
        edition=edition,
        bbox=watched_bbox(house),
        rules_version=note["rules_version"],
        options=CapOptions(house.settings.cap_sender, house.settings.cap_status),
        previous=_alerts_sent(house.home.published_dir / edition),
    )
    status = describe_status(board, edition=edition, note=note, files=files)
    return {
        **files,
        "status.json": (json.dumps(status, ensure_ascii=False, indent=1) + "\n").encode(),
        "manifest.json": json.dumps(note, indent=1).encode(),
    }


def _tile_url(house: House) -> str | None:
    """The base map of the settings; without the unpacked one the page draws its own."""
    if house.settings.tile_url != LOCAL:
        return house.settings.tile_url
    kept = load_basemap(house.home.published_dir)
    return None if kept is None else local_tile_url(kept.zooms, kept.extension, kept.attribution)


def _history_of(house: House, events: Any) -> pd.DataFrame:
    history = house.ledger.load_verdict_history()
    of_board = history["event_id"].isin(events["event_id"])
    return history.loc[of_board, list(HISTORY_COLUMNS)].reset_index(drop=True)


def _alerts_sent(target: Path) -> dict[str, bytes] | None:
    """CAP messages that stand in a published folder; None when there was none yet."""
    folder = target / "exports" / "cap"
    if not (target / "exports").is_dir():
        return None
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}


def _hotspots_of(house: House, members: pd.DataFrame, events: Any, at: datetime) -> Any:
    since = events["first_seen_at"].min() if len(events) else at
    found = load_hotspots(house.home, since=since, until=at + timedelta(microseconds=1))
    return found[found["hotspot_id"].isin(members["hotspot_id"])].reset_index(drop=True)


def _feeds_at(house: House, at: datetime) -> pd.DataFrame:
    """The feeds, with those late by now that were well when the watch last looked."""
    feeds = house.ledger.load_feeds()
    patience = {name: feed.late_after_h for name, feed in FEEDS.items()}
    patience_h = feeds["feed"].map(patience).astype("float64")
    age_h = (pd.Timestamp(at) - feeds["last_data_at"]).dt.total_seconds() / 3600.0
    is_late = (feeds["state"] == "ok") & (age_h > patience_h)
    return feeds.assign(state=feeds["state"].mask(is_late, "late"), late_after_h=patience_h)


def _dem(house: House) -> xr.DataArray | None:
    path = grid_path(house.home, "dem")
    return None if path is None else read_grid("dem", path.read_bytes(), source_name=path.name)


def _danger_of_events(danger: xr.Dataset | None, events: Any) -> dict[str, int]:
    """Grade of fire danger at each event on the day it was last seen, where it is known."""
    if danger is None or events.empty:
        return {}
    there = sample_weather(danger, events["lon"], events["lat"], events["last_seen_at"])
    grades = there["danger_grade"].set_axis(events["event_id"]).dropna()
    return {str(event_id): int(grade) for event_id, grade in grades.items()}


def _danger_today(
    danger: xr.Dataset | None,
    bbox: tuple[float, float, float, float],
    at: datetime,
) -> dict[str, Any] | None:
    """Fire danger of the day in the middle of the watched area."""
    if danger is None:
        return None
    west, south, east, north = bbox
    row = sample_weather(danger, [(west + east) / 2], [(south + north) / 2], at).iloc[0]
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}
