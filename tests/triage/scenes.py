"""One small scene after another: a city, a fire, what is registered, and the verdict."""

from __future__ import annotations

from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import rioxarray  # noqa: F401  # the .rio accessor
import xarray as xr
from shapely.geometry import Point, box

from jdzfire.crs import metric_crs
from jdzfire.events.join import join_events
from jdzfire.hotspots.footprints import footprints
from jdzfire.registers.heat_history import source_history
from jdzfire.schemas import EVENTS, MEMBERS, decode_reasons, empty_table
from jdzfire.triage.context import TriageContext, prepare_context
from jdzfire.triage.rules import Rules, TriageRules
from jdzfire.triage.verdict import decide_verdicts
from tests.tables import hotspot_table, register_table, utc

LON, LAT = 117.2, 29.4
M_EAST = 1 / 97_070.0
FOREST = [{"geometry": box(117.1, 29.3, 117.3, 29.5)}]
FIELDS = [{"geometry": box(117.25, 29.3, 117.3, 29.5)}]  # 4.8 km east of the hotspots
AT = utc("2024-04-04T12:00")


def context(
    *, permits=(), zones=FOREST, sources=(), danger=None, past=None, special_days=()
) -> TriageContext:
    made = prepare_context(
        permits=register_table("permits", list(permits)),
        zones=register_table("zones", list(zones)),
        heat_sources=register_table("heat-sources", list(sources)),
        admin=register_table("admin", [{"geometry": box(117, 29, 118, 30)}]),
        settlements=register_table("settlements", [{"geometry": Point(LON, LAT + 0.02)}]),
        danger=danger,
        special_days=register_table("special-days", list(special_days)),
    )
    return made if past is None else TriageContext(**{**vars(made), "past": past})


def verdict(rows, surroundings, *, settled=None, rules=None):
    hotspots = hotspot_table([{"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"} | r for r in rows])
    shapes = footprints(hotspots)
    joined = join_events(
        hotspots, shapes, events=empty_table(EVENTS), members=empty_table(MEMBERS), at=AT
    )
    events, members = joined.events, joined.members
    assert len(events) == 1
    decided = decide_verdicts(
        events,
        hotspots,
        members,
        surroundings,
        at=AT,
        rules=Rules(triage=rules or TriageRules()),
        settled=settled,
    )
    return decided.iloc[0]


def rules_of(row):
    return {(r.rule, r.outcome) for r in decode_reasons(row["reasons"])}


LOT = {"geometry": Point(LON, LAT)}


def danger(grade, wind):
    coords = {
        "time": pd.DatetimeIndex(["2024-04-04"]).astype("datetime64[ns]"),
        "lat": [29.0, 29.5, 30.0],
        "lon": [117.0, 117.5],
    }
    shape = (1, 3, 2)
    names = ("fwi", "wind_ms", "rh_pct", "tmax_c", "days_since_rain")
    layers = {name: (("time", "lat", "lon"), np.zeros(shape)) for name in names}
    layers["danger_grade"] = (("time", "lat", "lon"), np.full(shape, float(grade)))
    layers["wind_force"] = (("time", "lat", "lon"), np.full(shape, float(wind)))
    return xr.Dataset(layers, coords=coords)


SOURCE = {"geometry": Point(LON + 100 * M_EAST, LAT)}


def past(frp_mw, days, source_id="S1"):
    dates = [utc("2024-04-02") - timedelta(days=k) for k in range(days)]
    place = gpd.GeoSeries([Point(LON, LAT)], crs=4326).to_crs(metric_crs((LON, LAT, LON, LAT)))
    frame = pd.DataFrame(
        {
            "source_id": source_id,
            "acquired_at": dates,
            "frp_mw": frp_mw,
            "satellite": "NOAA-20",
            "east_m": place.x.iloc[0],
            "north_m": place.y.iloc[0],
        }
    )
    return source_history(frame.astype({"acquired_at": "datetime64[us, UTC]"}))


def trees(share):
    """Cells of about 100 m under trees in this share of the columns."""
    x = np.arange(117.1, 117.3, 0.001)
    y = np.arange(29.5, 29.3, -0.001)
    is_tree = (np.arange(len(x)) % 100) < share * 100
    codes = np.where(np.broadcast_to(is_tree, (len(y), len(x))), 10.0, 40.0)
    grid = xr.DataArray(codes, coords={"y": y, "x": x}, dims=("y", "x"))
    return grid.rio.write_crs("EPSG:4326")
