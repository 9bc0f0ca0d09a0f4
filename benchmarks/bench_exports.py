"""Exports of a board: time and size for 500 and 5,000 made-up events, beside plain GeoJSON.

Run: ``python benchmarks/bench_exports.py``. The baseline is plain GeoJSON of the same events by
geopandas, in the same run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from jdzfire.alerts.messages import cap_messages
from jdzfire.board.board import Board
from jdzfire.schemas import (
    EVENTS,
    HOTSPOTS,
    MEMBERS,
    VERDICT_NAMES,
    VERDICTS,
    Reason,
    encode_reasons,
    validate,
)
from jdzfire.site.publishers import PUBLISHERS, publish_alerts

NOW = datetime(2024, 3, 16, 8, tzinfo=UTC)


def make_board(count: int) -> Board:
    """A board of ``count`` events of three hotspots each, over the city."""
    rng = np.random.default_rng(count)
    lon, lat = rng.uniform(116.9, 117.9, count), rng.uniform(28.7, 30.0, count)
    ids = [f"JDZ-20240316-{i:05d}" for i in range(count)]
    at = pd.Timestamp(NOW).as_unit("us")
    first = [at - pd.Timedelta(minutes=int(m)) for m in rng.integers(60, 4000, count)]
    squares = [
        gpd.GeoSeries([box(x + d, y + d, x + d + 0.004, y + d + 0.004) for d in (0, 0.002)])
        for x, y in zip(lon, lat, strict=True)
    ]
    events = gpd.GeoDataFrame(
        {
            "event_id": ids,
            "first_seen_at": first,
            "last_seen_at": [t + pd.Timedelta(minutes=50) for t in first],
            "hotspot_count": 3,
            "satellites": "NOAA-20,NOAA-21",
            "instruments": "VIIRS",
            "frp_max_mw": rng.gamma(2.0, 5.0, count),
            "frp_sum_mw": 20.0,
            "footprint_ha": 45.6,
            "lon": lon,
            "lat": lat,
            "state": "active",
            "merged_into": None,
        },
        geometry=[pair.union_all() for pair in squares],
        crs="EPSG:4326",
    )
    reasons = encode_reasons(
        [
            Reason("heat.place", "failed", "最近的固定热源在 8.4 公里外。", "8.4 km away."),
            Reason("permit.place", "failed", "2 公里内没有有效报备。", "No permit near."),
        ]
    )
    verdicts = pd.DataFrame(
        {
            "event_id": ids,
            "verdict": rng.choice(VERDICT_NAMES, count),
            "is_provisional": False,
            "explained_by": None,
            "score": None,
            "reasons": reasons,
            "priority": rng.integers(0, 101, count),
            "priority_parts": "{}",
            "escalation": None,
            "forest_share": 0.9,
            "zone_id": None,
            "county": "浮梁县",
            "township": "瑶里镇",
            "place": "浮梁县瑶里镇高岭村东北1.2公里",
            "rules_version": "r1",
            "decided_at": at,
        }
    )
    spots = [(i, k) for i in range(count) for k in range(3)]
    hotspots = gpd.GeoDataFrame(
        {
            "hotspot_id": [f"{i}-{k}" for i, k in spots],
            "feed": "firms",
            "satellite": "NOAA-20",
            "instrument": "VIIRS",
            "product": "NRT",
            "version": None,
            "acquired_at": [first[i] for i, _ in spots],
            "received_at": at,
            "scan_km": 0.4,
            "track_km": 0.4,
            "location_error_m": None,
            "frp_mw": 5.0,
            "bright_mir_k": 330.0,
            "bright_tir_k": 295.0,
            "confidence": "nominal",
            "confidence_pct": None,
            "is_day": True,
            "source_type": None,
            "detection_level": None,
            "quality_flag": None,
            "remark": None,
            "raw_sha256": "0" * 64,
            "raw_line": 2,
        },
        geometry=[Point(lon[i] + 0.001 * k, lat[i]) for i, k in spots],
        crs="EPSG:4326",
    )
    members = pd.DataFrame(
        {"hotspot_id": hotspots["hotspot_id"], "event_id": [ids[i] for i, _ in spots]}
    )
    return Board(
        now=NOW,
        events=validate(events, EVENTS),
        verdicts=validate(verdicts, VERDICTS),
        hotspots=validate(hotspots, HOTSPOTS),
        members=validate(members, MEMBERS),
    )


def timed(make: Callable[[], dict[str, bytes]]) -> tuple[float, dict[str, bytes]]:
    """Best of three [s], and what was made."""
    best, files = float("inf"), {}
    for _ in range(3):
        begin = time.perf_counter()
        files = make()
        best = min(best, time.perf_counter() - begin)
    return best, files


def main() -> None:
    """Print one line an export."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", type=int, nargs="+", default=[500, 5000])
    for count in parser.parse_args().counts:
        board = make_board(count)
        plain = pd.DataFrame(board.events).merge(board.verdicts, on="event_id")
        plain = gpd.GeoDataFrame(plain, geometry="geometry", crs="EPSG:4326")
        base_s, base = timed(lambda table=plain: {"plain": table.to_json(default=str).encode()})
        print(f"{count} events; plain to_json {base_s:.2f} s, {len(base['plain']) / 1e6:.2f} MB")
        every: dict[str, bytes] = {}
        for name in ("geojson", "gpkg", "kml", "sheets"):
            took, files = timed(lambda n=name, b=board: PUBLISHERS[n](b))
            every |= files
            sizes = ", ".join(f"{k} {len(v) / 1e6:.2f} MB" for k, v in files.items())
            print(f"  {name:8} {took:6.2f} s  {took / base_s:5.1f} x plain  {sizes}")
        took, files = timed(lambda b=board: cap_messages(b))
        size = sum(map(len, files.values())) / 1e6
        stated = f"{len(files)} files {size:.2f} MB"
        print(f"  {'cap':8} {took:6.2f} s  {took / base_s:5.1f} x plain  {stated}")
        took, again = timed(lambda b=board, p=files: cap_messages(b, previous=p))
        print(f"  {'cap kept':8} {took:6.2f} s  {took / base_s:5.1f} x plain  {again == files=}")
        took, last = timed(lambda b=board, f=every: publish_alerts(b, f))
        item = last["exports/stac-item.json"]
        stated = f"{len(item) / 1e6:.2f} MB, {len(json.loads(item)['assets'])} assets"
        print(f"  {'cap+stac':8} {took:6.2f} s  {took / base_s:5.1f} x plain  {stated}")


if __name__ == "__main__":
    main()
