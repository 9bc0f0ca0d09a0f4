"""Standing: hotspots joined to events, events judged, cases opened."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import pandas as pd
import shapely
import xarray as xr

from jdzfire.events import Apart, Joined, concerning_area
from jdzfire.feeds.registers import read_grid, read_weather
from jdzfire.hotspots import footprints
from jdzfire.stages.house import House
from jdzfire.stages.intake import mark_done
from jdzfire.stages.receiving import ARCHIVED
from jdzfire.stages.watched import watched_area
from jdzfire.store import grid_path, load_hotspots, load_register
from jdzfire.store.parquet import differing_rows
from jdzfire.triage import (
    Ground,
    Standing,
    advance,
    case_of,
    cases_to_hand_over,
    cases_to_open,
    cases_to_reopen,
    judge_again,
    needs_duty,
    prepare_ground,
    source_past,
)
from jdzfire.weather import danger_of_days

__all__ = [
    "Outcome",
    "judge_round",
    "judge_standing",
    "load_danger",
    "load_elevation",
    "load_ground",
    "load_landcover",
    "load_standing",
    "settled_at",
    "told_apart",
]


ROUND_DEG = 0.1
"""So far around the watched area hotspots are looked at: a fire that crosses the border is one."""


@dataclass(frozen=True)
class Outcome:
    """What a round of judging changed."""

    events: int
    """Events there are, merged ones aside."""
    unresolved: int
    """Events that need the duty room."""
    opened: int
    """Cases opened."""
    reopened: int
    """Cases opened again because their event was seen after closing."""


def load_danger(house: House) -> xr.Dataset | None:
    """Fire danger of the days whose weather is registered, None when there is none."""
    path = grid_path(house.home, "weather")
    if path is None:
        return None
    return danger_of_days(read_weather(path.read_bytes(), source_name=path.name))


def load_landcover(house: House) -> xr.DataArray | None:
    """Land-cover codes, None when there is no register of them."""
    path = grid_path(house.home, "landcover")
    if path is None:
        return None
    return read_grid("landcover", path.read_bytes(), source_name=path.name)


def load_elevation(house: House) -> xr.DataArray | None:
    """Height of the ground [m], None when there is no register of it."""
    path = grid_path(house.home, "dem")
    if path is None:
        return None
    return read_grid("dem", path.read_bytes(), source_name=path.name)


def load_ground(house: House, *, danger: xr.Dataset | None = None) -> Ground:
    """Registers made ready for triage; fire danger is computed when it is not given."""
    home = house.home
    return prepare_ground(
        permits=load_register(home, "permits"),
        zones=load_register(home, "zones"),
        heat_sources=load_register(home, "heat-sources"),
        admin=load_register(home, "admin"),
        settlements=load_register(home, "settlements"),
        landcover=load_landcover(house),
        elevation=load_elevation(house),
        danger=load_danger(house) if danger is None else danger,
        special_days=load_register(home, "special-days"),
    )


def load_standing(house: House, ground: Ground) -> Standing:
    """Hotspots that concern the watched area, with the events and verdicts that stand.

    The area is that of the registered counties; until there are any, the bounding box of the
    settings. A hotspot concerns it when its footprint touches it, or when it is one fire with one
    whose footprint does. One that belongs to an event already stays in sight, wherever it is.
    """
    events, members = house.ledger.load_events(), house.ledger.load_members()
    area = watched_area(house, ground.admin)
    reach = area if events.empty else shapely.union(area, shapely.box(*events.total_bounds))
    west, south, east, north = (float(v) for v in shapely.bounds(reach))
    near = load_hotspots(
        house.home, bbox=(west - ROUND_DEG, south - ROUND_DEG, east + ROUND_DEG, north + ROUND_DEG)
    )
    rules = house.settings.rules
    shapes = footprints(near, rules=rules.footprint)
    is_watched = concerning_area(near, shapes, area, rules=rules.events)
    is_watched |= near["hotspot_id"].isin(members["hotspot_id"]).to_numpy()
    hotspots = near[is_watched].reset_index(drop=True)
    return Standing(hotspots, events, members, house.ledger.load_verdicts())


def judge_standing(
    house: House,
    *,
    at: datetime,
    everything: bool = False,
    ground: Ground | None = None,
) -> Outcome:
    """Join new hotspots, judge what they touch and what has not ended, open cases.

    What is new or better is told by the inputs that were archived and not judged yet, so a run
    that was killed in between is made good by the next one.

    Parameters
    ----------
    house : House
    at : datetime
    everything : bool
        Judge ended events too, for example after a register was corrected.
    ground : Ground, optional
        Registers made ready before; read from the store by default.

    Returns
    -------
    Outcome
    """
    ground = load_ground(house) if ground is None else ground
    before = load_standing(house, ground)
    inputs = house.ledger.load_inputs()
    unjudged = inputs.loc[inputs["state"] == ARCHIVED, "sha256"]
    is_changed = before.hotspots["raw_sha256"].isin(unjudged)
    ground = replace(ground, past=source_past(before.hotspots, ground, rules=house.settings.rules))
    after, joined = _judged(
        house,
        before,
        ground,
        at=at,
        changed=set(before.hotspots.loc[is_changed, "hotspot_id"]),
        again="all" if everything else "open",
    )
    # one transaction: killed in between, the next run would take its own members for moved ones
    with house.ledger.together():
        outcome = _keep(house, before, after, joined, at=at)
        mark_done(house)
    return outcome


def judge_round(
    house: House,
    before: Standing,
    ground: Ground,
    *,
    at: datetime,
    changed: Collection[str] = (),
    again: Literal["touched", "open", "all"] = "touched",
) -> tuple[Standing, Outcome]:
    """One round on tables already at hand: advance, keep what changed, open cases.

    Parameters
    ----------
    house : House
    before : Standing
        As the ledger has it, with all hotspots that count now.
    ground : Ground
        With the past of the heat sources.
    at : datetime
    changed : collection of hotspot_id
    again : "touched", "open" or "all"
        Which events to judge: those that new hotspots touch; those that have not ended too,
        since a register may have changed; or every one.

    Returns
    -------
    Standing, Outcome
    """
    after, joined = _judged(house, before, ground, at=at, changed=changed, again=again)
    with house.ledger.together():
        return after, _keep(house, before, after, joined, at=at)


def _judged(
    house: House,
    before: Standing,
    ground: Ground,
    *,
    at: datetime,
    changed: Collection[str],
    again: Literal["touched", "open", "all"],
) -> tuple[Standing, Joined]:
    """The tables after a round, and what changed among the events; nothing is kept yet."""
    rules, settled = house.settings.rules, settled_at(house)
    apart = told_apart(house)
    after, joined = advance(
        before, ground, at=at, changed=changed, apart=apart, rules=rules, settled=settled
    )
    if again != "touched":
        is_open = after.events["state"].isin(["active", "dormant"]) | (again == "all")
        ids = set(after.events.loc[is_open, "event_id"])
        after = judge_again(after, ground, ids, at=at, rules=rules, settled=settled)
    return after, joined


def told_apart(house: House) -> list[Apart]:
    """What people said is not one fire."""
    log = house.ledger.load_event_log()
    told = [json.loads(text) for text in log.loc[log["action"] == "apart", "hotspot_ids"]]
    return [Apart(frozenset(these), frozenset(those)) for these, those in told]


def settled_at(house: House) -> pd.Series:
    """When the case of each event was last closed by people."""
    log = house.ledger.load_case_log()
    closed = log[log["action"] == "close"].groupby("case_id")["at"].max()
    event_of = house.ledger.load_cases().set_index("case_id")["event_id"]
    times: pd.Series = closed.set_axis(event_of.reindex(closed.index).to_numpy())
    return times


def _keep(
    house: House, before: Standing, after: Standing, joined: Joined, *, at: datetime
) -> Outcome:
    ledger = house.ledger
    ledger.save_events(
        _changed_rows(before.events, after.events),
        _changed_rows(before.members, after.members),
        log=joined.log,
    )
    ledger.save_verdicts(_changed_rows(before.verdicts, after.verdicts))
    cases = ledger.load_cases()
    opened = ledger.open_cases(
        cases_to_open(after.verdicts, cases, at=at, rules=house.settings.cases)
    )
    back = cases_to_reopen(cases, after.events, after.verdicts)
    for case_id in back["case_id"]:
        _reopen(house, case_id, "seen again after it was closed", at=at)
    _hand_over(house, after, at=at)
    standing = after.events["merged_into"].isna()
    return Outcome(
        events=int(standing.sum()),
        unresolved=int(needs_duty(after.verdicts, ledger.load_cases()).sum()),
        opened=int(opened),
        reopened=len(back),
    )


def _hand_over(house: House, after: Standing, *, at: datetime) -> None:
    """Give the work on merged events to the events that took them over, and lose none of it."""
    ledger, due = house.ledger, house.settings.cases
    waiting = cases_to_hand_over(ledger.load_cases(), after.events)
    for heir in sorted(set(waiting["heir"])):
        cases = ledger.load_cases()
        held = cases[cases["event_id"] == heir]
        if held.empty:
            ledger.open_cases(case_of([heir], at=at, rules=due))
        elif held["status"].iloc[0] == "closed":
            _reopen(house, held["case_id"].iloc[0], "an unanswered event joined it", at=at)
    for case_id, heir in zip(waiting["case_id"], waiting["heir"], strict=True):
        ledger.merge_case(case_id, into=heir, at=at)


def _reopen(house: House, case_id: str, why: str, *, at: datetime) -> None:
    due = house.settings.cases
    house.ledger.reopen_case(
        case_id,
        who="jdzfire",
        at=at,
        remark=why,
        answer_due_at=at + timedelta(minutes=due.answer_min),
        result_due_at=at + timedelta(minutes=due.result_min),
    )


def _changed_rows(before: Any, after: Any) -> Any:
    """Rows of ``after`` that ``before`` does not have as they are; the first column is the id."""
    key = after.columns[0]
    held = before.set_index(key).reindex(after[key]).reset_index()[list(after.columns)]
    return after[differing_rows(held, after, ignore=("decided_at",))]
