"""One March afternoon written by hand: twelve events of every verdict, and the registers.

Tables are written as text, a column a name: ``|`` between cells, ``-`` for a missing one.
"""

from __future__ import annotations

import json
import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rioxarray  # noqa: F401
import xarray as xr
from shapely.geometry import LineString, Point, Polygon, box

from jdzfire.cases.steps import FINDINGS
from jdzfire.reach import NEARBY_COLUMNS, NEAREST_COLUMNS, ROUTE_COLUMNS
from jdzfire.schemas import (
    ADMIN,
    CASES,
    EVENTS,
    HEAT_SOURCES,
    HOTSPOTS,
    MEMBERS,
    PERMITS,
    ROADS,
    SETTLEMENTS,
    TEAMS,
    TIME_DTYPE,
    VERDICTS,
    ZONES,
    Reason,
    encode_reasons,
    validate,
)

NOW = pd.Timestamp("2024-03-16T08:10:00Z").as_unit("us")
HOSTILE = "<img src=x onerror=alert(1)></script><b>村"


def _rows(text: str) -> list[dict[str, Any]]:
    """Rows of a table written as text; numbers become numbers, ``-`` None."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(lines[0], map(_value, line), strict=True)) for line in lines[1:]]


def _value(cell: str) -> Any:
    if cell == "-":
        return None
    if re.fullmatch(r"-?\d+", cell) and not (len(cell) > 1 and cell.startswith("0")):
        return int(cell)
    return float(cell) if re.fullmatch(r"-?\d+\.\d+", cell) else cell.format(hostile=HOSTILE)


# frp [MW] of the event; hours before NOW at which it was last seen; status of its case
FIRES = _rows(
    """
    name | verdict          | priority | county | township | place                           | lon    | lat   | pixels | frp  | hours | case
    001  | unresolved       | 86       | 浮梁县 | 瑶里镇   | 浮梁县瑶里镇高岭村东北1.2公里   | 117.62 | 29.56 | 6      | 41.3 | 2.6   | open
    002  | permit_violation | 78       | 浮梁县 | 经公桥镇 | 浮梁县经公桥镇源港村南0.8公里   | 117.13 | 29.63 | 4      | 28.0 | 2.6   | dispatched
    003  | unresolved       | 71       | 乐平市 | 双田镇   | 乐平市双田镇横路村西北2.4公里   | 117.24 | 29.08 | 3      | 17.6 | 3.1   | open
    004  | unresolved       | 55       | 浮梁县 | 鹅湖镇   | {hostile}                       | 117.45 | 29.44 | 2      | 9.4  | 3.1   | open
    005  | permit_violation | 49       | 昌江区 | 鲇鱼山镇 | 昌江区鲇鱼山镇凤凰山东1.0公里   | 117.06 | 29.22 | 2      | 7.7  | 14.7  | answered
    006  | unresolved       | 31       | 乐平市 | 涌山镇   | 乐平市涌山镇沿沟村北0.6公里     | 117.32 | 29.17 | 1      | 3.2  | 15.2  | open
    007  | unresolved       | 22       | -      | -        | -                               | 117.78 | 29.71 | 1      | -    | 22.0  | -
    008  | permitted        | 12       | 浮梁县 | 蛟潭镇   | 浮梁县蛟潭镇礼芳村西1.5公里     | 117.16 | 29.47 | 3      | 12.2 | 2.6   | -
    009  | heat_source      | 8        | 珠山区 | 竟成镇   | 珠山区竟成镇焦化厂              | 117.23 | 29.32 | 2      | 4.1  | 2.6   | -
    010  | outside_forest   | 5        | 乐平市 | 乐港镇   | 乐平市乐港镇杨溪村南0.5公里     | 117.13 | 28.95 | 1      | 2.0  | 3.1   | -
    011  | outside_forest   | 5        | 昌江区 | 丽阳镇   | 昌江区丽阳镇余家村东0.7公里     | 117.02 | 29.13 | 1      | 1.6  | 15.2  | -
    012  | unresolved       | 45       | 浮梁县 | 江村乡   | 浮梁县江村乡严台村北1.1公里     | 117.33 | 29.77 | 2      | 6.0  | 30.0  | closed
    """  # noqa: E501
)
# corners "lon lat", one after the other
COUNTIES = _rows(
    """
    code   | name   | ring
    360222 | 浮梁县 | 117.0 29.35, 116.95 29.6, 117.2 29.95, 117.6 29.85, 117.85 29.7, 117.7 29.4, 117.35 29.35
    360202 | 昌江区 | 116.95 29.1, 117.0 29.35, 117.2 29.35, 117.2 29.22, 117.12 29.12
    360203 | 珠山区 | 117.2 29.35, 117.35 29.35, 117.32 29.27, 117.2 29.22
    360281 | 乐平市 | 116.95 29.1, 117.12 29.12, 117.2 29.22, 117.32 29.27, 117.55 29.2, 117.5 28.85, 117.1 28.75, 116.95 28.9
    """  # noqa: E501
)
# T-05 cannot be sent
TEAMS_AT = _rows(
    """
    place      | lon    | lat
    瑶里镇     | 117.58 | 29.53
    经公桥镇   | 117.15 | 29.66
    鹅湖镇     | 117.42 | 29.41
    双田镇     | 117.26 | 29.06
    蛟潭镇     | 117.18 | 29.49
    涌山镇     | 117.35 | 29.15
    鲇鱼山镇   | 117.08 | 29.20
    枫树山林场 | 117.26 | 29.37
    """
)
DAY = pd.Timestamp("2024-03-16T00:00:00Z")
# valid_from and valid_to in hours from DAY; a plot of half_deg is an area, others are points
PERMITS_OF = _rows(
    """
    permit_id      | area_ha | from | to  | lon     | lat    | half_deg
    浮林火2024-021 | 13.0    | 0    | 10  | 117.162 | 29.472 | 0.003
    浮林火2024-017 | 6.0     | -24  | -5  | 117.131 | 29.631 | -
    浮林火2024-030 | 20.0    | 48   | 72  | 117.5   | 29.6   | -
    """
)
ZONES_OF = _rows(
    """
    zone_id | name       | forest_farm | species | lon    | lat   | buffer_deg
    Z-1     | 瑶里林区   | 瑶里林场    | 马尾松  | 117.6  | 29.58 | 0.13
    Z-2     | 枫树山林区 | 枫树山林场  | 杉木    | 117.27 | 29.42 | 0.08
    Z-3     | 经公桥林区 | -           | 毛竹    | 117.14 | 29.66 | 0.1
    """
)
ROADS_OF = _rows(
    """
    road_id | name     | road_class | line
    G56     | 杭瑞高速 | motorway   | 116.9 29.25, 117.2 29.3, 117.5 29.36, 117.9 29.45
    G206    | G206     | primary    | 117.2 29.9, 117.15 29.6, 117.2 29.3, 117.13 28.9
    X1      | -        | tertiary   | 117.2 29.3, 117.45 29.44, 117.62 29.56
    """
)
# hours before NOW of the newest data
FEEDS_OF = _rows(
    """
    feed         | state  | hours | detail
    firms        | ok     | 2.6   | -
    himawari-wlf | late   | 5.0   | 只收到 03:10 之前的数据
    ground       | failed | -     | timed out
    """
)


def _geo(rows: list[dict[str, Any]], contract: Any) -> gpd.GeoDataFrame:
    return validate(gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326"), contract)


def _pixels(lon: float, lat: float, count: int) -> list[tuple[float, float]]:
    return [(lon + 0.004 * (i % 3), lat + 0.0036 * (i // 3)) for i in range(count)]


def _square(lon: float, lat: float, half_deg: float = 0.0022) -> Polygon:
    return box(lon - half_deg, lat - half_deg * 0.9, lon + half_deg, lat + half_deg * 0.9)


def _corners(text: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, corner.split())) for corner in text.split(",")]


def _reasons(verdict: str) -> str:
    near = Reason(
        "heat.place",
        "failed",
        "最近的固定热源在 8.4 公里外，不能说明。",
        "The nearest heat source is 8.4 km away.",
        {"distance_m": 8400.0},
        {"distance_m": 500.0},
    )
    permit = {
        "unresolved": Reason(
            "permit.place",
            "failed",
            "2 公里内没有有效报备。",
            "No valid permit within 2 km.",
            {},
            {"distance_m": 2000.0},
        ),
        "permit_violation": Reason(
            "permit.window",
            "failed",
            "与报备 浮林火2024-017 地点相符，但比批准时间晚 5.3 小时；"
            "负责人李大山，电话13807981234。",
            "Matches a permit but 5.3 h late.",
            {"permit_id": "浮林火2024-017", "late_h": 5.3},
            {"late_h": 0.0},
        ),
        "permitted": Reason(
            "permit.window",
            "met",
            "在报备 浮林火2024-021 的地点和时间之内。",
            "Inside place and time of a permit.",
            {"distance_m": 120.0, "overlap_share": 0.82},
            {"distance_m": 375.0},
        ),
        "heat_source": Reason(
            "heat.place",
            "met",
            "在固定热源 HS-01 范围内，FRP 不高于历史。",
            "At a registered heat source.",
            {"frp_max_mw": 4.1},
            {"frp_max_mw": 9.0},
        ),
        "outside_forest": Reason(
            "forest.share",
            "met",
            "林地占比 1%，在林区外。",
            "1% forest: outside.",
            {"forest_share": 0.01},
            {"forest_share": 0.02},
        ),
    }[verdict]
    forest = Reason(
        "forest.share",
        "unknown",
        "林地占比 94%。",
        "94% forest.",
        {"forest_share": 0.94},
        {"forest_share": 0.02},
    )
    return encode_reasons(
        [permit] if verdict in ("heat_source", "outside_forest") else [near, permit, forest]
    )


def fires() -> dict[str, Any]:
    events, verdicts, cases, hotspots, members = [], [], [], [], []
    for fire in FIRES:
        number, verdict, priority = fire["name"], fire["verdict"], fire["priority"]
        lon, lat, count, frp, case = (fire[k] for k in ("lon", "lat", "pixels", "frp", "case"))
        event_id = f"JDZ-20240316-{number}"
        last = NOW - pd.Timedelta(hours=fire["hours"])
        first = last - pd.Timedelta(minutes=50 * (count - 1))
        places = _pixels(lon, lat, count)
        shape = gpd.GeoSeries([_square(*p) for p in places]).union_all()
        events.append(
            {
                "event_id": event_id,
                "first_seen_at": first,
                "last_seen_at": last,
                "hotspot_count": count,
                "satellites": "NOAA-20,NOAA-21" if count > 1 else "Himawari-9",
                "instruments": "VIIRS",
                "frp_max_mw": frp,
                "frp_sum_mw": frp,
                "footprint_ha": 15.2 * count,
                "lon": lon,
                "lat": lat,
                "state": "active",
                "merged_into": None,
                "geometry": shape,
            }
        )
        verdicts.append(
            {
                "event_id": event_id,
                "verdict": verdict,
                "explained_by": {
                    "permitted": "浮林火2024-021",
                    "heat_source": "HS-01",
                    "permit_violation": "浮林火2024-017",
                }.get(verdict),
                "reasons": _reasons(verdict),
                "priority": priority,
                "priority_parts": json.dumps(
                    {"forest": priority // 2, "frp": priority // 4, "danger": priority // 8}
                ),
                "forest_share": 0.94 if priority > 20 else 0.01,
                "zone_id": "Z-1" if priority > 50 else None,
                **{k: fire[k] for k in ("county", "township", "place")},
                "is_provisional": False,
                "score": None,
                "escalation": None,
                "rules_version": "r1",
                "decided_at": NOW,
            }
        )
        if case:
            cases.append(
                {
                    "case_id": event_id.replace("JDZ", "CASE"),
                    "event_id": event_id,
                    "version": 1,
                    "status": case,
                    "category": "permit_violation" if case in ("answered", "closed") else None,
                    "team_id": "T-02" if case != "open" else None,
                    **dict.fromkeys(FINDINGS),
                    "held_by": None,
                    "opened_at": last,
                    "answer_due_at": last + pd.Timedelta(hours=3),
                    "result_due_at": last + pd.Timedelta(hours=5),
                    "dispatched_at": None,
                    "arrived_at": None,
                    "answered_at": None,
                    "closed_at": None,
                }
            )
        for i, (x, y) in enumerate(places):
            hotspots.append(
                _hotspot(f"{number}-{i}", x, y, last - pd.Timedelta(minutes=50 * i), frp)
            )
            members.append({"hotspot_id": f"{number}-{i}", "event_id": event_id})
    return {
        "events": _geo(events, EVENTS),
        "verdicts": validate(pd.DataFrame(verdicts), VERDICTS),
        "cases": validate(pd.DataFrame(cases), CASES),
        "hotspots": _geo(hotspots, HOTSPOTS),
        "members": validate(pd.DataFrame(members), MEMBERS),
    }


def _hotspot(
    name: str, lon: float, lat: float, at: pd.Timestamp, frp: float | None
) -> dict[str, Any]:
    return {
        "hotspot_id": name,
        "feed": "firms",
        "satellite": "NOAA-20" if name.endswith("0") else "NOAA-21",
        "instrument": "VIIRS",
        "product": "NRT",
        "version": "2.0NRT",
        "acquired_at": at,
        "received_at": at,
        "scan_km": 0.41,
        "track_km": 0.38,
        "location_error_m": None,
        "frp_mw": frp,
        "bright_mir_k": 338.2,
        "bright_tir_k": 295.0,
        "confidence": "high" if name.endswith("1") else "nominal",
        "confidence_pct": None,
        "is_day": True,
        "source_type": None,
        "detection_level": None,
        "quality_flag": None,
        "remark": "王小明来电" if name == "001-0" else None,
        "raw_sha256": "0" * 64,
        "raw_line": 2,
        "geometry": Point(lon, lat),
    }


def registers() -> dict[str, Any]:
    team = {"county": "浮梁县", "township": "瑶里镇", "vehicles": 3}
    teams = [
        {
            "team_id": f"T-{i:02d}",
            "name": f"{at['place']}半专业扑火队",
            "kind": "semi-professional",
            "headcount": 25 + i,
            "leader": f"张队长{i}",
            "phone": f"1390798{1000 + i}",
            "equipment": "风力灭火机6台",
            "duty_hours": "08:00-20:00",
            "available": i != 5,
            "geometry": Point(at["lon"], at["lat"]),
            **team,
        }
        for i, at in enumerate(TEAMS_AT)
    ]
    permit = {
        "county": "浮梁县",
        "township": "蛟潭镇",
        "place": "礼芳村后山",
        "contact": "李大山",
        "phone": "13807981234",
        "applicant": "礼芳村委会",
        "purpose": "炼山造林",
        "status": "approved",
        "revoked_at": None,
        "source_datum": "gcj02",
        "location_error_m": 30.0,
    }
    permits = [
        permit
        | {
            "permit_id": row["permit_id"],
            "area_ha": row["area_ha"],
            "valid_from": DAY + pd.Timedelta(hours=row["from"]),
            "valid_to": DAY + pd.Timedelta(hours=row["to"]),
            "geometry": _square(row["lon"], row["lat"], row["half_deg"])
            if row["half_deg"]
            else Point(row["lon"], row["lat"]),
        }
        for row in PERMITS_OF
    ]
    zone = {
        "county": "浮梁县",
        "township": "瑶里镇",
        "forest_class": "公益林",
        "edge_buffer_m": 100.0,
    }
    zones = [
        zone
        | {k: row[k] for k in ("zone_id", "name", "forest_farm", "species")}
        | {"geometry": Point(row["lon"], row["lat"]).buffer(row["buffer_deg"])}
        for row in ZONES_OF
    ]
    sources = [
        {
            "source_id": "HS-01",
            "name": "焦化厂",
            "kind": "coke",
            "radius_m": 600.0,
            "valid_from": DAY - pd.Timedelta(days=300),
            "valid_to": None,
            "approved_by": "赵局长",
            "evidence": "现场核实",
            "geometry": Point(117.232, 29.321),
        }
    ]
    roads = [
        {k: row[k] for k in ("road_id", "name", "road_class")}
        | {"geometry": LineString(_corners(row["line"]))}
        for row in ROADS_OF
    ]
    towns = {f["township"]: (f["lon"], f["lat"], f["county"]) for f in FIRES if f["township"]}
    places = [
        {
            "settlement_id": f"S{i}",
            "name": name,
            "kind": "town",
            "county": county,
            "township": name,
            "population": 20000 - i,
            "geometry": Point(lon - 0.03, lat - 0.02),
        }
        for i, (name, (lon, lat, county)) in enumerate(towns.items())
    ]
    places.append(
        {
            "settlement_id": "V1",
            "name": HOSTILE,
            "kind": "village",
            "county": "浮梁县",
            "township": "鹅湖镇",
            "population": 300,
            "geometry": Point(117.455, 29.445),
        }
    )
    areas = [
        {
            "admin_id": str(row["code"]),
            "name": row["name"],
            "level": "county",
            "parent_id": "360200",
            "geometry": Polygon(_corners(row["ring"])),
        }
        for row in COUNTIES
    ]
    city = gpd.GeoSeries([a["geometry"] for a in areas]).union_all()
    areas.append(
        {
            "admin_id": "360200",
            "name": "景德镇市",
            "level": "city",
            "parent_id": None,
            "geometry": city,
        }
    )
    areas += [
        {
            "admin_id": f"36022210{i}",
            "name": name,
            "level": "township",
            "parent_id": "360222",
            "geometry": Point(lon, lat).buffer(0.09),
        }
        for i, (name, (lon, lat, _)) in enumerate(list(towns.items())[:5])
    ]
    return {
        "teams": _geo(teams, TEAMS),
        "permits": _geo(permits, PERMITS),
        "zones": _geo(zones, ZONES),
        "heat_sources": _geo(sources, HEAT_SOURCES),
        "roads": _geo(roads, ROADS),
        "settlements": _geo(places, SETTLEMENTS),
        "admin": _geo(areas, ADMIN),
    }


def states() -> dict[str, Any]:
    feeds = pd.DataFrame(
        [
            {
                "feed": row["feed"],
                "state": row["state"],
                "last_ok_at": None if row["hours"] is None else NOW,
                "last_data_at": None
                if row["hours"] is None
                else NOW - pd.Timedelta(hours=row["hours"]),
                "detail": row["detail"] or "",
            }
            for row in FEEDS_OF
        ]
    )
    feeds = feeds.astype({"last_ok_at": TIME_DTYPE, "last_data_at": TIME_DTYPE})
    observations = pd.DataFrame(
        [
            {
                "township_id": f"36022210{i}",
                "feed": "NOAA-20",
                "last_looked_at": NOW - pd.Timedelta(hours=h),
            }
            for i, h in enumerate((2.6, 9.0, 2.6, 30.0, 14.0))
        ]
    ).astype({"last_looked_at": TIME_DTYPE})
    straight = {"method": "straight_line"}

    def by_road(drive: float, walk: float) -> dict[str, object]:
        minutes = 10.0 + drive + walk
        return {
            "method": "road_and_foot", "minutes": minutes, "turn_out_min": 10.0,
            "drive_min": drive, "walk_min": walk, "quick_min": 0.7 * minutes,
            "late_min": 1.5 * minutes, "leave_lon": 117.3, "leave_lat": 29.4, "walk_m": 300.0,
        }  # fmt: skip

    nearest = pd.DataFrame(
        [
            {
                "event_id": f"JDZ-20240316-{fire['name']}",
                "rank": k + 1,
                "team_id": f"T-{(i + k) % 8:02d}",
                "distance_m": 3240.0 + 2800 * k + 300 * i,
                "bearing_deg": 40.0 + 70 * k,
                **(by_road(18.0 + 9 * k + i, 4.0 + k) if i % 2 == 0 else straight),
            }
            for i, fire in enumerate(FIRES[:7])
            for k in range(3)
        ]
    )
    ways = []
    for i, fire in enumerate(FIRES[:7:2]):
        lon, lat = fire["lon"], fire["lat"]
        ids = {"event_id": nearest["event_id"][6 * i], "team_id": f"T-{2 * i % 8:02d}"}
        road = LineString([(lon - 0.05, lat - 0.03), (lon - 0.004, lat - 0.03), (lon - 0.004, lat)])
        ways.append({**ids, "part": "road", "length_m": 9200.0, "geometry": road})
        foot = {"length_m": 420.0, "climb_m": 85.0, "steepest_deg": 24.0}
        ways.append(
            {
                **ids,
                "part": "foot",
                **foot,
                "geometry": LineString([(lon - 0.004, lat), (lon, lat)]),
            }
        )
    routes = gpd.GeoDataFrame(pd.DataFrame(ways).astype(ROUTE_COLUMNS), crs=4326)
    nearest = nearest.reindex(columns=list(NEAREST_COLUMNS)).astype(NEAREST_COLUMNS)
    nearby = pd.DataFrame(
        [
            {
                "event_id": nearest["event_id"][0], "kind": kind, "resource_id": f"RES-{i}",
                "name": name, "phone": phone, "distance_m": 900.0 + 400 * i,
                "bearing_deg": 90.0 * i, "lon": 117.6, "lat": 29.57,
            }
            for i, (kind, name, phone) in enumerate(
                (("water", "高岭水库", None), ("landing", "瑶里小学操场", None),
                 ("officer", "李信息", "13907983333"))
            )
        ]
    ).astype(NEARBY_COLUMNS)  # fmt: skip
    return {
        "feeds": feeds,
        "observations": observations,
        "nearest": nearest,
        "routes": routes,
        "nearby": nearby,
    }


def hills() -> xr.DataArray:
    """Elevation [m] of a few ridges, EPSG:4326."""
    lon, lat = np.linspace(116.8, 118.0, 240), np.linspace(30.05, 28.65, 280)
    x, y = np.meshgrid(lon, lat)
    z = (
        120
        + 900 * np.clip(y - 28.9, 0, 1) * np.abs(np.sin(9 * x + 3 * y) * np.cos(7 * y - 2 * x))
        + 40 * np.sin(60 * x) * np.cos(55 * y)
    )
    return xr.DataArray(z, dims=("y", "x"), coords={"y": lat, "x": lon}).rio.write_crs("EPSG:4326")
