"""The verdict rules as a plain geopandas script: what one would write by hand.

Footprints by ``apply``, registers by ``sjoin``, forest by ``overlay`` and ``dissolve``, events by
``groupby``. The same rules with their defaults, for tables without land cover, weather, bans,
answers and ground reports; it gives verdict, is_provisional and explained_by of each event, and no
reasons, priority or places.
"""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Polygon

METRIC = "EPSG:4548"
SENSORS = {"VIIRS": (0.375, 200.0), "MODIS": (1.0, 300.0), "AHI": (0.02, 1400.0)}
HOUR = pd.Timedelta(hours=1)


def plain_verdicts(
    hotspots: gpd.GeoDataFrame,
    events: gpd.GeoDataFrame,
    members: pd.DataFrame,
    permits: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    sources: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """Verdict of each event, sorted by event_id."""
    spots = hotspots.merge(members, on="hotspot_id")
    spots = spots.sort_values(["event_id", "acquired_at", "hotspot_id"]).reset_index(drop=True)
    spots["pass"] = pass_of(spots)
    spots["orbits"] = spots["instrument"] != "AHI"
    spots["wide"] = drawn(spots, widened=True)
    spots["share"] = forest_share(spots, zones)
    spots["source_id"] = usual_source(spots[spots["orbits"]], sources)
    best = best_permit(spots[spots["orbits"]], permits)
    return judged(spots, best, permits).reindex(events["event_id"]).reset_index()


def pass_of(spots: gpd.GeoDataFrame) -> pd.Series:
    """Rows of a satellite that follow each other within 10 minutes; of Himawari each time."""
    ordered = spots.sort_values(["satellite", "acquired_at"])
    gap = ordered.groupby("satellite")["acquired_at"].diff()
    longest = np.where(ordered["instrument"] == "AHI", 0.0, 10.0)
    return (gap.isna() | (gap.dt.total_seconds() / 60 > longest)).cumsum()


def footprint(row: pd.Series, widened: bool) -> Polygon:
    """Rectangle turned to the satellite's track, on the tangent plane."""
    lon, lat = row.geometry.x, row.geometry.y
    phi = math.radians(lat)
    pixel, error = SENSORS[row.instrument]
    error = error if widened else 0.0
    if row.instrument == "AHI":
        across = pixel / 2 * 111_319.491 * math.cos(phi) + error
        along, turn = pixel / 2 * 111_132.954 + error, 0.0
    else:
        across, along = row.scan_km * 500 + error, row.track_km * 500 + error
        at = row.acquired_at
        hour = ((at.hour * 60 + at.minute) / 60 + lon / 15) % 24
        sin_az = math.cos(math.radians(98.5)) / math.cos(phi)
        speed = 2 * math.pi / 6010
        east = speed * sin_az - 2 * math.pi / 86_164.1 * math.cos(phi)
        north = speed * math.sqrt(1 - sin_az**2) * (1 if 6 <= hour < 18 else -1)
        turn = math.atan2(east, north)
    per_lat = 111_132.954 - 559.822 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    per_lon = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi)
    corners = []
    for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x = u * across * math.cos(turn) + v * along * math.sin(turn)
        y = -u * across * math.sin(turn) + v * along * math.cos(turn)
        corners.append((lon + x / per_lon, lat + y / per_lat))
    return Polygon(corners)


def drawn(spots: gpd.GeoDataFrame, *, widened: bool) -> gpd.GeoSeries:
    shapes = spots.apply(lambda row: footprint(row, widened), axis=1)
    return gpd.GeoSeries(shapes, crs="EPSG:4326").to_crs(METRIC)


def forest_share(spots: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> pd.Series:
    """Share of each footprint in the zones and their edge, overlap counted once."""
    wooded = zones[["zone_id", "edge_buffer_m", "geometry"]].to_crs(METRIC)
    wooded["geometry"] = wooded.geometry.buffer(wooded["edge_buffer_m"], quad_segs=4)
    areas = gpd.GeoDataFrame({"spot": spots.index}, geometry=spots["wide"].to_numpy(), crs=METRIC)
    parts = gpd.overlay(areas, wooded, how="intersection").dissolve(by="spot")
    share = parts.area.reindex(spots.index).fillna(0.0) / spots["wide"].area
    return share.clip(upper=1.0)


def usual_source(spots: gpd.GeoDataFrame, sources: gpd.GeoDataFrame) -> pd.Series:
    """The source on which a hotspot is no brighter, wider or farther off than its past."""
    sites = sources[["source_id", "radius_m", "geometry"]].to_crs(METRIC)
    sites["geometry"] = sites.geometry.buffer(sites["radius_m"], quad_segs=16)
    centres = spots.geometry.to_crs(METRIC)
    areas = gpd.GeoDataFrame(
        {
            "spot": spots.index, "at": spots["acquired_at"], "satellite": spots["satellite"],
            "frp": spots["frp_mw"], "pass": spots["pass"], "x": centres.x, "y": centres.y,
        },
        geometry=spots["wide"], crs=METRIC,
    )  # fmt: skip
    pairs = gpd.sjoin(areas, sites, predicate="intersects").reset_index(drop=True)
    pairs["pixels"] = pairs.groupby(["source_id", "pass"])["spot"].transform("size")
    usual = []
    for _, group in pairs.sort_values(["at", "satellite", "frp"]).groupby("source_id"):
        days = group["at"].dt.date
        for row in group.itertuples():
            before = group["at"] < row.at - 24 * HOUR
            past = group[before]
            if days[before].nunique() < 5:
                usual.append((row.Index, row.frp <= 10.0 and row.pixels <= 3))
                continue
            frp = sorted(past["frp"])
            limit = max(5.0, 2.0 * frp[int(0.95 * (len(frp) - 1))])
            sizes = group.groupby("pass", sort=False).size()
            sizes = sorted(sizes.iloc[: sizes.index.get_loc(past["pass"].iloc[-1])])
            wide = max(3.0, 1.5 * sizes[int(0.95 * (len(sizes) - 1))]) if sizes else 3.0
            x, y = past["x"].mean(), past["y"].mean()
            spread = math.sqrt(((past["x"] - x) ** 2 + (past["y"] - y) ** 2).mean())
            moved = math.hypot(row.x - x, row.y - y)
            fits = row.frp <= limit and row.pixels <= wide and moved <= max(450.0, 2.5 * spread)
            usual.append((row.Index, fits))
    if not usual:
        return pd.Series(dtype="str")
    index, fits = zip(*usual, strict=True)
    kept = pairs.loc[pd.Series(fits, index=index).reindex(pairs.index).to_numpy(dtype=bool)]
    return (
        kept.sort_values(["spot", "source_id"])
        .drop_duplicates("spot")
        .set_index("spot")["source_id"]
    )


def best_permit(spots: gpd.GeoDataFrame, permits: gpd.GeoDataFrame) -> pd.DataFrame:
    """The permit that fits each hotspot best in place, with time and score."""
    lots = permits[permits["status"].isin(["approved", "executed"])].to_crs(METRIC)
    lots["lot"] = lots.geometry.buffer(np.sqrt(lots["area_ha"] * 1e4 / np.pi), quad_segs=16)
    lots = lots.set_geometry("lot")
    bare = gpd.GeoDataFrame(
        spots[["event_id", "acquired_at", "instrument", "scan_km", "track_km", "frp_mw", "pass"]],
        geometry=drawn(spots, widened=False),
    ).assign(spot=spots.index, centre=spots.geometry.to_crs(METRIC))
    near = gpd.sjoin(bare, lots.drop(columns="geometry"), predicate="dwithin", distance=2000.0)
    early = ((near["valid_from"] - near["acquired_at"]) / HOUR).clip(lower=0)
    after = (near["acquired_at"] - near["valid_to"]) / HOUR
    near = near.assign(early=early, after=after.clip(lower=0), late=(after - 12).clip(lower=0))
    near = near[(near["early"] <= 72) & (after <= 84)]
    shapes = lots.geometry.loc[near["index_right"]]
    near["distance"] = near.geometry.distance(shapes, align=False)
    near["off"] = gpd.GeoSeries(near["centre"], crs=METRIC).distance(shapes, align=False)
    known_m = near["location_error_m"]
    error = np.hypot(near["instrument"].map({k: v[1] for k, v in SENSORS.items()}), known_m)
    half = near.geometry.length / 4 / math.sqrt(2)
    place = (1 - 0.5 * (near["off"] / (half + error)) ** 2).clip(0, 1)
    time = (1 - 0.5 * (near["after"] / 12).clip(0, 1)).where(near["early"] == 0, 0)
    time = time.where(near["late"] == 0, 0)
    near["score"] = place * time / (1 + (known_m / 500) ** 2)
    near["in_time"] = (near["early"] == 0) & (near["late"] == 0)
    near["explains"] = near["in_time"] & (near["score"] >= 0.45)
    near = near[(near["distance"] <= error) & (known_m <= 500)]
    order = ["spot", "explains", "in_time", "score", "distance", "permit_id"]
    near = near.sort_values(order, ascending=[True, False, False, False, True, True])
    return near.drop_duplicates("spot").set_index("spot")


def overfull(inside: gpd.GeoDataFrame) -> set[str]:
    """Permits on which one pass lit more pixels than their lot can touch."""
    found = set()
    for (permit_id, _), group in inside.groupby(["permit_id", "pass"]):
        once: list[Polygon] = []
        for shape in group.geometry:
            if not any(
                shape.intersection(other).area > 0.5 * min(shape.area, other.area) for other in once
            ):
                once.append(shape)
        width = 2 * math.sqrt(group["area_ha"].iloc[0] / 100 / math.pi)
        scan, track = group["scan_km"].min(), group["track_km"].min()
        if len(once) > math.ceil((width / scan + 1) * (width / track + 1)):
            found.add(permit_id)
    return found


def confirmed(inside: gpd.GeoDataFrame) -> set[str]:
    """Events that a later pass within the time still shows on the lot."""
    sure = set()
    glow = inside[inside["after"] > 0].groupby("event_id")["frp_mw"].max()
    timely = inside[inside["after"] == 0]
    for (event_id, _), group in timely.groupby(["event_id", "permit_id"]):
        lasted = group["acquired_at"].max() - group["acquired_at"].min()
        fits = group["off"].mean() <= group["location_error_m"].iloc[0]
        calm = not glow.get(event_id, math.nan) > group["frp_mw"].max()
        if lasted >= 0.5 * HOUR and fits and calm:
            sure.add(event_id)
    return sure


def most(table: pd.DataFrame, column: str) -> pd.Series:
    """The id of most rows of each event, the smaller one at a tie."""
    counts = table.groupby(["event_id", column]).size().reset_index(name="rows")
    counts = counts.sort_values(["event_id", "rows", column], ascending=[True, False, True])
    return counts.drop_duplicates("event_id").set_index("event_id")[column]


def judged(spots: gpd.GeoDataFrame, best: pd.DataFrame, permits: gpd.GeoDataFrame) -> pd.DataFrame:
    """Verdict, whether provisional, and by what, of each event."""
    inside, untimely = best[best["explains"]], best[~best["in_time"]]
    spots["heat"] = spots["source_id"].notna()
    spots["burn"] = spots.index.isin(inside.index)
    small, far = ~(spots["frp_mw"] > 10), spots["share"] < 0.02
    hour = spots["acquired_at"].dt.tz_convert("Asia/Shanghai").dt.hour
    by_day = (hour >= 6) & (hour < 19)
    coarse = ~spots["orbits"] & (spots["share"] >= 0.02)
    free = ~spots["event_id"].isin(spots["event_id"][coarse])
    spots["field"] = spots["orbits"] & free & (far | ((spots["share"] < 0.35) & small & by_day))
    spots["unsure"] = spots["field"] & ~(far & small & by_day) & ~spots["heat"] & ~spots["burn"]
    beyond = spots["orbits"] & ~spots.index.isin(best.index) & ~far & ~spots["heat"]
    escaped = set(spots["event_id"][beyond]) & set(best["event_id"])
    full = inside["event_id"][inside["permit_id"].isin(overfull(inside))]
    broken = escaped | set(full) | set(untimely["event_id"])
    spots["open"] = spots["orbits"] & ~spots["heat"] & ~spots["burn"] & ~spots["field"]
    spots["only_burn"] = spots["burn"] & ~spots["heat"]
    spots["only_field"] = spots["field"] & ~spots["heat"] & ~spots["burn"]
    names = ["heat", "only_burn", "only_field", "open", "orbits", "unsure", "burn"]
    stated = spots.groupby("event_id")[names].sum()
    shares = stated[["heat", "only_burn", "only_field"]].to_numpy()
    titles = np.array(["heat_source", "permitted", "outside_forest"], dtype=object)
    verdict = pd.Series(titles[shares.argmax(axis=1)], index=stated.index)
    verdict[(stated["open"] > 0) | (stated["orbits"] == 0)] = "unresolved"
    verdict[stated.index.isin(list(broken))] = "permit_violation"
    burn_doubt = (stated["burn"] > 0) & ~stated.index.isin(list(confirmed(inside)))
    doubt = (burn_doubt & (stated["only_burn"] > 0)) | (
        (stated["unsure"] > 0) & (stated["only_field"] > 0)
    )
    doubt &= ~verdict.isin(["unresolved", "permit_violation"])
    by_burn = most(inside, "permit_id")
    by_burn = by_burn.combine_first(most(untimely, "permit_id")).reindex(stated.index)
    by = by_burn.where(verdict.isin(["permitted", "permit_violation"]))
    by = by.where(verdict != "heat_source", most(spots[spots["heat"]], "source_id"))
    return pd.DataFrame({"verdict": verdict, "is_provisional": doubt, "explained_by": by})
