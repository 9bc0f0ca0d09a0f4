"""A simulated season run through the pipeline: register, ingest, judge day by day, answer.

For the demo and for teaching. The duty room's answers come from the season's own truth; they
enter the ledger as any answer does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from jdzfire.cases import steps
from jdzfire.errors import InputError
from jdzfire.pipeline.ingest import ingest_files, mark_done
from jdzfire.pipeline.judge import judge_round, load_context, load_triage_state
from jdzfire.pipeline.receive import Intake
from jdzfire.pipeline.register import register_files
from jdzfire.reach import nearest_teams
from jdzfire.schemas import HOTSPOTS, empty_table
from jdzfire.store.archive import load_hotspots
from jdzfire.store.registers import load_register
from jdzfire.triage.cycle import source_histories
from jdzfire.workspace import Workspace

REGISTER_FILES = {
    "admin": "admin.gpkg",
    "zones": "zones.gpkg",
    "settlements": "settlements.gpkg",
    "roads": "roads.gpkg",
    "heat-sources": "heat_sources.gpkg",
    "teams": "teams.xlsx",
    "permits": "permits.xlsx",
    "dem": "dem.tif",
    "landcover": "landcover.tif",
    "weather": "weather.nc",
}
"""Register files of a simulated folder, by kind."""

UNANSWERED_DAYS = 10
"""Cases of the last days are left open, so that the map has work to show."""

LATENCY = timedelta(hours=3)
"""After observation a near-real-time hotspot is there at the latest (field notes, section 4 V)."""

WHO = "demo"
"""Who answers in the log."""

_ANSWERS = {
    "wildfire": "forest_fire",
    "burn": "prescribed_burn",
    "farm_fire": "farm_fire",
    "heat_source": "heat_source",
    "glint": "no_fire",
}
REVIEWS: tuple[Literal["county", "city"], ...] = ("county", "city")
_BY_TELEPHONE = ("heat_source", "no_fire", "prescribed_burn")


def register_season(workspace: Workspace, folder: Path, *, at: datetime) -> Intake:
    """Register everything a simulated folder has.

    Raises
    ------
    InputError
        A register file is missing or cannot be used.
    """
    total = Intake()
    for kind, name in REGISTER_FILES.items():
        intake = register_files(workspace, kind, [folder / "registers" / name], at=at)
        if intake.unusable:
            raise InputError(intake.unusable[0])
        total = replace(
            total,
            files=total.files + intake.files,
            rows=total.rows + intake.rows,
            rejected=total.rejected + intake.rejected,
            faults=(*total.faults, *intake.faults),
        )
    return total


def feed_files(folder: Path) -> list[Path]:
    """Feed files of a simulated folder, near-real-time ones before standard products."""
    groups = ("firms", "himawari", "ground", "firms_archive")
    return [p for group in groups for p in sorted((folder / "feeds" / group).glob("*.csv"))]


def ingest_season(
    workspace: Workspace,
    folder: Path,
    *,
    at: datetime,
    progress: Callable[[], object] = lambda: None,
) -> Intake:
    """Take in every feed file of a simulated folder."""
    return ingest_files(workspace, "auto", feed_files(folder), at=at, progress=progress)


def season_days(workspace: Workspace, *, since: datetime | None = None) -> list[datetime]:
    """UTC days from the first to the last hotspot of the archive, or of what came since."""
    times = load_hotspots(workspace.home, since=since)["acquired_at"]
    if times.empty:
        raise InputError("the archive has no hotspots", remedy="ingest the season's feeds first")
    span = pd.date_range(times.min().floor("D"), times.max().floor("D"), freq="D")
    return [day.to_pydatetime().astimezone(UTC) for day in span]


def run_season(
    workspace: Workspace,
    folder: Path,
    *,
    since: datetime | None = None,
    leaves_open: bool = True,
    progress: Callable[[], object] = lambda: None,
) -> datetime:
    """Judge a season day by day, with the duty room's answers taken from the truth.

    Each day ends at midnight UTC, 08:00 in Beijing, the change of shift.

    Parameters
    ----------
    workspace : Workspace
        Registers and hotspots are in already.
    folder : Path
        The simulated folder, for ``truth/``.
    since : datetime, optional
        Judge the days from here on: earlier seasons of the archive were run before.
    leaves_open : bool
        Leave the cases of the last days unanswered, so that the map has work to show.
    progress : callable
        Called after each day.

    Returns
    -------
    datetime
        The end of the season, UTC: when its last hotspot had come in.
    """
    context = load_context(workspace)
    triage_state = load_triage_state(workspace, context)
    whole = triage_state.hotspots
    context = replace(
        context, past=source_histories(whole, context, rules=workspace.settings.rules)
    )
    answers = _true_answers(folder, whole)
    teams = load_register(workspace.home, "teams")
    triage_state = replace(triage_state, hotspots=empty_table(HOTSPOTS))
    days = season_days(workspace, since=since)
    last_answered = days[-1] - timedelta(days=UNANSWERED_DAYS if leaves_open else -1)
    newest = whole["acquired_at"].max() + LATENCY
    for day in days:
        end = min(day + timedelta(days=1), newest)
        seen = whole[whole["acquired_at"] < end].reset_index(drop=True)
        triage_state, _ = judge_round(
            workspace, replace(triage_state, hotspots=seen), context, at=end
        )
        if day < last_answered:
            _answer_cases(
                workspace, triage_state.members, triage_state.events, answers, teams, at=end
            )
        progress()
    mark_done(workspace)
    return pd.Timestamp(end).to_pydatetime()


def _true_answers(folder: Path, hotspots: Any) -> pd.DataFrame:
    """What each hotspot really was, by hotspot_id: category of the answer, burned area [ha]."""
    truth = folder / "truth"
    rows = pd.read_csv(truth / "hotspots.csv", dtype=str)
    fires = pd.read_csv(truth / "fires.csv", dtype=str).set_index("fire_id")
    sha256 = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in rows["file"].unique()
    }
    fire = fires.reindex(rows["fire_id"]).reset_index(drop=True)
    category = fire["kind"].fillna(rows["origin"]).map(_ANSWERS)
    answers = pd.DataFrame(
        {
            "sha256": rows["file"].map(sha256),
            "line": rows["line"].astype("int64"),
            "category": category.mask(fire["fault"].notna(), "permit_violation"),
            "area_ha": pd.to_numeric(fire["area_ha"]).where(fire["kind"] == "wildfire"),
        }
    )
    answers = answers.drop_duplicates(["sha256", "line"]).set_index(["sha256", "line"])
    lines = hotspots["raw_line"].astype("int64")
    wanted = pd.MultiIndex.from_arrays([hotspots["raw_sha256"], lines])
    return answers.reindex(wanted).set_index(hotspots["hotspot_id"].to_numpy())


def _answer_cases(
    workspace: Workspace,
    members: pd.DataFrame,
    events: Any,
    answers: pd.DataFrame,
    teams: Any,
    *,
    at: datetime,
) -> None:
    """Answer every open case with the truth, review and close it; a team goes where it may burn.

    What an industrial site, a permit holder or a camera can answer by telephone needs no team.
    """
    cases = workspace.ledger.load_cases()
    due = at + timedelta(minutes=workspace.settings.cases.answer_min)
    # the deadline follows from when a case was opened, or opened again
    waiting = cases[(cases["status"] == "open") & (cases["answer_due_at"] <= due)]
    if waiting.empty:
        return
    nearest = nearest_teams(events[events["event_id"].isin(waiting["event_id"])], teams, limit=1)
    team_of = nearest.set_index("event_id")["team_id"]
    owner = members.set_index("hotspot_id")["event_id"]
    ledger = workspace.ledger
    for case_id, event_id in zip(waiting["case_id"], waiting["event_id"], strict=True):
        mine = answers.reindex(owner.index[owner == event_id])
        known = mine["category"].dropna()
        category = known.mode().iloc[0] if len(known) else "not_found"
        area_ha = mine["area_ha"].max() if category == "forest_fire" else None
        if event_id in team_of and category not in _BY_TELEPHONE:
            ledger.change_case(
                case_id, steps.dispatch(team_of[event_id], who=WHO, at=at + timedelta(minutes=10))
            )
        ledger.change_case(
            case_id,
            steps.answer(
                category,
                who=WHO,
                at=at + timedelta(minutes=50),
                affected_forest_ha=None if area_ha is None or pd.isna(area_ha) else float(area_ha),
            ),
        )
        ended = at + timedelta(minutes=100)
        for level in REVIEWS:
            ledger.change_case(case_id, steps.review(level, who=WHO, at=ended))
        ledger.change_case(case_id, steps.close(who=WHO, at=ended, needs="city"))
