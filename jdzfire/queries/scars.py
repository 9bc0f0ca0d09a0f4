"""The burn scar of an event or of a permit's lot, beside what was reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import xarray as xr
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from jdzfire.crs import metric_crs
from jdzfire.errors import InputError, NotFound
from jdzfire.feeds.scenes import SceneFiles, find_scenes, read_around, stac_scenes
from jdzfire.registers.permits import lots
from jdzfire.scars.burned_area import BurnedArea, burned_area, scar_shape
from jdzfire.season.report import MU_PER_HA
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace

SCENES = 3
"""Most scenes of each side: more would be of another season."""

_EVENT_MARGIN_M = 400.0
_PERMIT_MARGIN_M = 150.0
"""Around footprints, whose edge is a pixel's, and around lots, whose edge is the register's [K]."""

_AROUND_M = 1500.0


@dataclass(frozen=True)
class Scar:
    """What burned at a subject."""

    subject: str
    """Event or permit."""
    case_id: str | None
    """Its case, where there is one."""
    reported_ha: float | None
    """Affected forest that the field reported, or the area of the permit [ha]."""
    found: BurnedArea

    def document(self) -> dict[str, Any]:
        """As plain values for one JSON document."""
        found = self.found
        return {
            "subject": self.subject,
            "case_id": self.case_id,
            "reported_ha": self.reported_ha,
            "burned_ha": round(found.burned_ha, 2),
            "burned_mu": round(found.burned_ha * MU_PER_HA, 1),
            "low_ha": round(found.low_ha, 2),
            "high_ha": round(found.high_ha, 2),
            "clear_share": round(found.clear_share, 3),
            "by_severity_ha": {name: round(ha, 2) for name, ha in found.by_severity_ha.items()},
            "before": [day.isoformat() for day in found.before],
            "after": [day.isoformat() for day in found.after],
            "geometry": mapping(scar_shape(found)),
        }

    def sentence(self, lang: str) -> str:
        """One line for the duty room and for the case."""
        found, told = self.found, self.reported_ha
        days = (found.before[-1].isoformat(), found.after[0].isoformat())
        mu = found.burned_ha * MU_PER_HA
        if lang == "zh":
            beside = "" if told is None else f"，上报{told:.1f}公顷"
            return (
                f"{self.subject}：卫星影像过火面积{found.burned_ha:.1f}公顷（{mu:.0f}亩，"
                f"{found.low_ha:.1f}–{found.high_ha:.1f}公顷）{beside}；"
                f"影像{days[0]}与{days[1]}，可见{found.clear_share:.0%}"
            )
        beside = "" if told is None else f", reported {told:.1f} ha"
        return (
            f"{self.subject}: burned by satellite {found.burned_ha:.1f} ha ({mu:.0f} mu, "
            f"{found.low_ha:.1f}-{found.high_ha:.1f} ha){beside}; scenes {days[0]} and {days[1]}, "
            f"{found.clear_share:.0%} seen"
        )


def find_scar(
    workspace: Workspace,
    subject: str,
    *,
    folder: Path | None = None,
    catalogue: str | None = None,
    within_days: int = 60,
) -> Scar:
    """The scar of an event or permit.

    Parameters
    ----------
    workspace : Workspace
    subject : str
        Id of an event or of a permit.
    folder : Path, optional
        Local scenes, see :func:`jdzfire.feeds.scenes.find_scenes`.
    catalogue : str, optional
        Address of a STAC catalogue, in place of a folder.
    within_days : int
        Scenes up to this many days before and after are used, the :data:`SCENES` nearest of each
        side.

    Raises
    ------
    NotFound
        No such event or permit.
    InputError
        No usable scene on a side.
    """
    place, first, last, case_id, told = _subject(workspace, subject)
    bounds = _bounds(place, _AROUND_M)
    span = (first - timedelta(days=within_days), last + timedelta(days=within_days))
    if folder is not None:
        sides = _local(find_scenes(folder), bounds, first, last, span)
    elif catalogue is not None:
        sides = (
            stac_scenes(catalogue, bounds, span[0], first - timedelta(days=1), most=SCENES),
            stac_scenes(catalogue, bounds, last + timedelta(days=1), span[1], most=SCENES),
        )
    else:
        raise InputError("no scenes are given", remedy="name a folder or a catalogue")
    before, after = sides
    return Scar(subject, case_id, told, burned_area(before, after, place))


def _subject(
    workspace: Workspace, subject: str
) -> tuple[BaseGeometry, date, date, str | None, float | None]:
    """Where it may have burned, first and last day, case, reported area."""
    events = workspace.ledger.load_events()
    event = events[events["event_id"] == subject]
    if len(event):
        cases = workspace.ledger.load_cases([subject])
        told = cases["affected_forest_ha"].dropna()
        row = event.iloc[0]
        return (
            _grown(event.geometry, _EVENT_MARGIN_M),
            row["first_seen_at"].date(),
            row["last_seen_at"].date(),
            None if cases.empty else str(cases["case_id"].iloc[0]),
            None if told.empty else float(told.iloc[0]),
        )
    permits = load_register(workspace.home, "permits")
    permit = permits[permits["permit_id"] == subject]
    if permit.empty:
        raise NotFound(
            f"no event or permit {subject!r}",
            remedy="see jdzfire event list, jdzfire weather burns",
        )
    row = permit.iloc[0]
    area = None if pd.isna(row["area_ha"]) else float(row["area_ha"])
    margin = _PERMIT_MARGIN_M + float(row["position_error_m"])
    shape = _grown(lots(permit), margin)
    return shape, row["valid_from"].date(), row["valid_to"].date(), None, area


def _grown(shapes: gpd.GeoSeries, metres: float) -> BaseGeometry:
    west, south, east, north = (float(v) for v in shapes.total_bounds)
    metric = shapes.to_crs(metric_crs((west, south, east, north))).buffer(metres)
    grown: BaseGeometry = metric.to_crs(4326).union_all()
    return grown


def _bounds(place: BaseGeometry, metres: float) -> tuple[float, float, float, float]:
    west, south, east, north = _grown(gpd.GeoSeries([place], crs=4326), metres).bounds
    return west, south, east, north


def _local(
    scenes: Sequence[SceneFiles],
    bounds: tuple[float, float, float, float],
    first: date,
    last: date,
    span: tuple[date, date],
) -> tuple[list[xr.Dataset], list[xr.Dataset]]:
    """The nearest scenes of each side that cover the place, on one grid."""
    earlier = [scene for scene in reversed(scenes) if span[0] <= scene.day < first]
    later = [scene for scene in scenes if last < scene.day <= span[1]]
    before = read_around(earlier, bounds, most=SCENES)
    after = read_around(later, bounds, most=SCENES, like=before[0] if before else None)
    if not before or not after:
        days = ", ".join(scene.day.isoformat() for scene in scenes[:8])
        raise InputError(
            "a burn scar needs a scene of its place before and one after",
            expected=f"days from {span[0]} to {first}, and from {last} to {span[1]}",
            found=days,
            remedy="give scenes of both sides, or widen --within-days",
        )
    return before, after
