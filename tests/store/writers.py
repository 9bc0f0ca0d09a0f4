"""A writer that uses every package of the store: run as a script, to be killed or doubled.

``python writers.py HOME FIRST LAST`` stores the steps FIRST to LAST - 1 and prints each number
when its step is done.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.cases.opening import case_of
from jdzfire.schemas import TEAMS
from jdzfire.store.archive import append_hotspots
from jdzfire.store.atomic import publish_folder
from jdzfire.store.home import Home, open_home
from jdzfire.store.ledger import Ledger, open_ledger
from jdzfire.store.raw import keep_raw
from jdzfire.store.registers import save_register
from jdzfire.store.rejected import keep_rejected

START = datetime(2024, 4, 30, 23, 58, tzinfo=UTC)  # two minutes before the month ends in UTC
HOTSPOTS_A_STEP = 4


def store_step(home: Home, ledger: Ledger, step: int) -> None:
    """Everything one run of jdzfire would store."""
    sha256 = keep_raw(home, f"raw {step}".encode())
    append_hotspots(home, hotspots(step, sha256))
    keep_rejected(home, rejected(step, sha256))
    save_register(home, "teams", team(step), at=START)
    event_id = f"JDZ-20240501-{step:03d}"
    ledger.save_events(event(event_id), members(step, event_id))
    ledger.save_verdicts(verdict(event_id))
    ledger.open_cases(case(event_id))
    ledger.record_input(sha256, "firms", f"{step}.csv", START, HOTSPOTS_A_STEP, 1, "ok")
    page = {"index.html": b"%06d" % step * 200, "data/points.json": b"%06d" % step}
    publish_folder(home.published_dir / "internal", page, data_at=START + timedelta(hours=step))


def hotspots(step: int, sha256: str) -> gpd.GeoDataFrame:
    """Four hotspots, two each side of the month's end."""
    numbers = range(HOTSPOTS_A_STEP)
    when = [START + timedelta(minutes=number) for number in numbers]
    frame = pd.DataFrame(
        {
            "hotspot_id": [f"S{step:03d}-{number}" for number in numbers],
            "feed": "firms",
            "satellite": "NOAA-20",
            "instrument": "VIIRS",
            "product": "NRT",
            "version": "2.0NRT",
            "acquired_at": when,
            "received_at": START + timedelta(hours=3),
            "scan_km": 0.4,
            "track_km": 0.4,
            "location_error_m": None,
            "frp_mw": float(step),
            "bright_mir_k": 330.0,
            "bright_tir_k": 290.0,
            "confidence": "nominal",
            "confidence_pct": None,
            "is_day": False,
            "source_type": None,
            "detection_level": None,
            "quality_flag": None,
            "remark": None,
            "raw_sha256": sha256,
            "raw_line": list(numbers),
        }
    )
    places = gpd.points_from_xy([117 + step / 100] * len(frame), 29 + frame["raw_line"] / 10)
    return gpd.GeoDataFrame(frame, geometry=places, crs="EPSG:4326")


def rejected(step: int, sha256: str) -> pd.DataFrame:
    """One row that could not be used."""
    row = {
        "raw_sha256": sha256,
        "source_name": f"{step}.csv",
        "kind": "firms",
        "line": 9,
        "reason": "latitude",
        "detail": "expected -90 to 90, found 95",
        "row": "{}",
        "rejected_at": START,
    }
    return pd.DataFrame([row])


def team(step: int) -> gpd.GeoDataFrame:
    """One team a step."""
    row = dict.fromkeys(TEAMS.columns)
    row |= {
        "team_id": f"T{step:03d}",
        "name": "瑶里队",
        "kind": "volunteer",
        "available": True,
        "geometry": shapely.Point(117.5, 29.5),
    }
    return gpd.GeoDataFrame(pd.DataFrame([row]), geometry="geometry", crs="EPSG:4326")


def event(event_id: str) -> gpd.GeoDataFrame:
    """An event of one step."""
    row = {
        "event_id": event_id,
        "first_seen_at": START,
        "last_seen_at": START,
        "hotspot_count": HOTSPOTS_A_STEP,
        "satellites": "NOAA-20",
        "instruments": "VIIRS",
        "frp_max_mw": 5.0,
        "frp_sum_mw": 20.0,
        "footprint_ha": 14.0,
        "lon": 117.2,
        "lat": 29.3,
        "state": "active",
        "merged_into": None,
        "geometry": shapely.box(117.19, 29.29, 117.21, 29.31),
    }
    return gpd.GeoDataFrame(pd.DataFrame([row]), geometry="geometry", crs="EPSG:4326")


def members(step: int, event_id: str) -> pd.DataFrame:
    """The step's hotspots as members of its event."""
    ids = [f"S{step:03d}-{number}" for number in range(HOTSPOTS_A_STEP)]
    return pd.DataFrame({"hotspot_id": ids, "event_id": event_id})


def verdict(event_id: str) -> pd.DataFrame:
    """An unresolved verdict."""
    row = {
        "event_id": event_id,
        "verdict": "unresolved",
        "explained_by": None,
        "reasons": "[]",
        "priority": 50,
        "priority_parts": "{}",
        "forest_share": None,
        "zone_id": None,
        "county": "浮梁县",
        "township": None,
        "place": None,
        "is_provisional": False,
        "score": None,
        "escalation": None,
        "rules_version": "r1",
        "decided_at": START,
    }
    return pd.DataFrame([row])


def case(event_id: str) -> pd.DataFrame:
    """An open case."""
    return case_of([event_id], at=START)


def main() -> None:
    """Store the steps stated on the command line."""
    home = open_home(sys.argv[1])
    with open_ledger(home) as ledger:
        for step in range(int(sys.argv[2]), int(sys.argv[3])):
            store_step(home, ledger, step)
            sys.stdout.write(f"{step}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
