"""Where teams should stand: the plan from the registers of a workspace, in minutes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS, Transformer

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import NotFound, UsageError
from jdzfire.queries.knowledge import digest, knowledge_of
from jdzfire.queries.reach import COUNTED_KINDS, forest_on, load_reach
from jdzfire.reach.areas import areas_on, sums_on
from jdzfire.reach.cube import reach_matrix
from jdzfire.reach.drive import drive_times, put_on_road
from jdzfire.reach.events import ReachModel
from jdzfire.siting.blocks import BLOCK_CELLS, blocks_of, fires_on_blocks
from jdzfire.siting.relocation import Rules, TeamPlan, budget_curve
from jdzfire.siting.sites import candidate_sites, spaced_sites
from jdzfire.store.derived import load_derived, save_derived
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace

Weight = Literal["fires", "forest", "people"]
WEIGHTS: dict[Weight, str] = {"fires": "fires", "forest": "forest_ha", "people": "people"}
"""What a plan may be made for, and its column among the blocks."""

SPACING_M = 2_500.0
"""Candidate sites are at least so far apart [m] [C]: a few minutes of driving."""
LIMIT_MIN = 90.0
"""Longer minutes count as not reached [min]."""
_ROAD_STEP_M = 5_000.0
_NAME = "siting-minutes"


@dataclass(frozen=True)
class SitingBasis:
    """All a plan is made from, in minutes."""

    blocks: pd.DataFrame
    """[BLOCK_COLUMNS] with ``forest_ha``, ``people``, ``fires`` (expected a year), ``lon``,
    ``lat``."""
    sites: pd.DataFrame
    """``site_id``, ``name``, ``kind``, ``county``, ``lon``, ``lat``; the teams of today first."""
    places: Floats
    """(sites, 2) [m]."""
    minutes: Floats
    """(sites, blocks) [min]; infinite beyond ``LIMIT_MIN``."""
    teams: int
    """How many of the sites are stations of today."""
    counties: tuple[str, ...]
    """Names that the numbers of the blocks stand for."""
    townships: tuple[str, ...]
    """The same of townships."""
    fire_count: int
    """Past fires the weight ``fires`` was made of."""
    bandwidth_m: float
    """How far each of them was spread [m]."""
    notes: tuple[str, ...]
    """What the registers lack."""
    crs: CRS
    """Of ``places`` and the blocks."""
    block_m: float
    """Side of a block [m]."""


def load_basis(workspace: Workspace) -> SitingBasis:
    """Blocks, sites and the minutes between them, from the registers.

    Parameters
    ----------
    workspace : Workspace

    Returns
    -------
    SitingBasis
        The minutes are kept between processes while the registers stand: a city takes a minute.

    Raises
    ------
    NotFound
        There are no roads, or no forest to reach.
    """
    if load_register(workspace.home, "roads").empty:
        raise NotFound(
            "no roads are registered",
            expected="a road register, for minutes by road",
            remedy="jdzfire register roads FILE; or jdzfire siting solve, which "
            "takes straight lines",
        )
    model = load_reach(workspace, kinds=COUNTED_KINDS)
    admin = load_register(workspace.home, "admin")
    areas = {
        level: admin[admin["level"] == level].reset_index(drop=True)
        for level in ("county", "township")
    }
    forest = forest_on(workspace, model.grid)
    people = load_register(workspace.home, "settlements")
    heads = people["population"].astype("float64").to_numpy()
    blocks = blocks_of(
        model.grid,
        {
            "forest_ha": np.where(forest, model.grid.cell_m**2 / 1e4, 0.0),
            "people": sums_on(model.grid, people.geometry, heads),
        },
        *(areas_on(model.grid, areas[level].geometry) for level in ("county", "township")),
    )
    if not blocks["forest_ha"].sum() > 0:
        raise NotFound("no forest is known", expected="zones with trees on the watched ground")
    fires, years = past_fires(workspace)
    expected, surface = fires_on_blocks(model.grid, blocks, fires.geometry)
    lon, lat = _degrees(model, blocks["x"].to_numpy(float), blocks["y"].to_numpy(float))
    sites, places = _sites(workspace, model, areas["county"])
    return SitingBasis(
        blocks=blocks.assign(lon=lon, lat=lat, fires=expected / years),
        sites=sites,
        places=places,
        minutes=_minutes(workspace, model, places, blocks["cell"].to_numpy()),
        teams=len(model.teams),
        counties=tuple(areas["county"]["name"]),
        townships=tuple(areas["township"]["name"]),
        fire_count=surface.count,
        bandwidth_m=surface.bandwidth_m,
        notes=model.notes,
        crs=model.network.crs,
        block_m=model.grid.cell_m * BLOCK_CELLS,
    )


def plan_sites(
    basis: SitingBasis,
    *,
    within: float = 30.0,
    moves: Sequence[int] = (0, 1, 2, 3, 5, 8),
    add: int = 0,
    weight: Weight = "fires",
    stay: Sequence[str] = (),
    move_cost: float = 0.0,
    floor: float | None = 1.0,
    is_bound_to_county: bool = True,
    time_limit_s: float = 20.0,
) -> list[TeamPlan]:
    """The best plans for ever more moves, by minutes.

    Parameters
    ----------
    basis : SitingBasis
    within : float [min]
        From the alarm.
    moves : sequence of int
        How many teams may move; one plan each.
    add : int
        How many teams may be added in each.
    weight : {"fires", "forest", "people"}
        What is to be reached; forest where no fire is known yet.
    stay : sequence of str
        Teams that may not move.
    move_cost : float
        What a move must gain at least, in the unit of the weight.
    floor : float, optional
        Share of what each county has reached today that it must keep [0-1]; None: no floor.
    is_bound_to_county : bool
        A team moves within its county only.
    time_limit_s : float [s]
        Of each plan.

    Returns
    -------
    list of TeamPlan

    Raises
    ------
    UsageError
        A team is unknown, or the floors cannot be kept.
    """
    known = {team: place for place, team in enumerate(basis.sites["site_id"][: basis.teams])}
    unknown = [team for team in stay if team not in known]
    if unknown:
        raise UsageError(
            "an unknown team is to stay", expected="team ids", found=", ".join(unknown)
        )
    weights = weights_of(basis, weight)
    rules = Rules(
        moves=0,
        add=add,
        stay=tuple(known[team] for team in stay),
        move_cost=move_cost,
        areas=county_numbers(basis) if is_bound_to_county else None,
        floors=() if floor is None else tuple(_floors(basis, weights, within, floor)),
    )
    return budget_curve(
        basis.minutes,
        weights,
        basis.places,
        teams=basis.teams,
        within=within,
        rules=rules,
        moves=moves,
        time_limit_s=time_limit_s,
    )


def weights_of(basis: SitingBasis, weight: Weight) -> Floats:
    """What each block counts; forest in place of fires when no fire is known."""
    if weight == "fires" and basis.fire_count == 0:
        weight = "forest"
    return basis.blocks[WEIGHTS[weight]].to_numpy(float)


def shares_by_area(
    basis: SitingBasis, sites: Sequence[int], weight: Weight, *, within: float, level: str
) -> pd.DataFrame:
    """Share of the weight that teams on some sites reach in time, by area.

    Returns
    -------
    DataFrame
        ``area`` (null for all), ``total``, ``share``, ``mean_min`` of what is reached at all.
    """
    weights = weights_of(basis, weight)
    soonest = basis.minutes[list(sites)].min(axis=0, initial=np.inf)
    names = basis.counties if level == "county" else basis.townships
    number = basis.blocks[level].to_numpy()
    rows = []
    for area, name in [(None, None), *enumerate(names)]:
        mine = np.ones(len(weights), dtype=bool) if area is None else number == area
        total = weights[mine].sum()
        there = mine & np.isfinite(soonest)
        reached = weights[mine & (soonest <= within)].sum()
        heavy = weights[there].sum()
        rows.append(
            {
                "area": name,
                "total": total,
                "share": reached / total if total > 0 else np.nan,
                "mean_min": (soonest[there] * weights[there]).sum() / heavy if heavy else np.nan,
            }
        )
    return pd.DataFrame(rows)


def county_numbers(basis: SitingBasis) -> Ints:
    """Number of the county each site is in, -1 for none."""
    number = basis.sites["county"].map({name: at for at, name in enumerate(basis.counties)})
    return number.fillna(-1).to_numpy().astype(np.int64)


def _floors(
    basis: SitingBasis, weights: Floats, within: float, share: float
) -> list[tuple[np.ndarray, float]]:
    reached = (basis.minutes[: basis.teams] <= within).any(axis=0)
    found = []
    for number in range(len(basis.counties)):
        mine = basis.blocks["county"].to_numpy() == number
        found.append((mine, share * float(weights[mine & reached].sum())))
    return [one for one in found if one[1] > 0]


def past_fires(workspace: Workspace) -> tuple[gpd.GeoDataFrame, float]:
    """Events that were forest fires, or may have been, and over how many years they were seen."""
    events = workspace.ledger.load_events()
    events = events[events["merged_into"].isna()]
    cases = workspace.ledger.load_cases(events["event_id"])
    answer = events["event_id"].map(cases.set_index("event_id")["category"])
    verdicts = workspace.ledger.load_verdicts(events["event_id"]).set_index("event_id")["verdict"]
    asks = events["event_id"].map(verdicts).eq("unresolved") & answer.isna()
    fires = events[answer.eq("forest_fire") | asks]
    span = events["last_seen_at"].max() - events["first_seen_at"].min() if len(events) else None
    years = 1.0 if span is None else max(span / pd.Timedelta(days=365.25), 1.0)
    return fires.reset_index(drop=True), years


def _sites(
    workspace: Workspace, model: ReachModel, counties: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, Floats]:
    """The stations of today, then candidates that are far enough apart and on a road."""
    teams = load_register(workspace.home, "teams").set_index("team_id")
    ready = model.teams
    names = teams.loc[ready["team_id"], "name"].to_numpy()
    today = pd.DataFrame(
        {"site_id": ready["team_id"], "name": names, "kind": "team", "lon": ready["lon"],
         "lat": ready["lat"]}
    )  # fmt: skip
    settlements = load_register(workspace.home, "settlements")
    roads = load_register(workspace.home, "roads")
    possible = candidate_sites(settlements, roads=roads, road_step_m=_ROAD_STEP_M)
    possible = pd.concat([_farms(workspace), possible], ignore_index=True)
    x, y = _metres(model, possible["lon"].to_numpy(float), possible["lat"].to_numpy(float))
    kept = spaced_sites(possible, x, y, spacing_m=SPACING_M)
    sites = pd.concat([today, possible.iloc[kept]], ignore_index=True)
    own = _metres(model, today["lon"].to_numpy(float), today["lat"].to_numpy(float))
    places = np.vstack([np.column_stack(own), np.column_stack([x[kept], y[kept]])])
    points = gpd.GeoSeries.from_xy(sites["lon"], sites["lat"], crs=4326)
    joined = gpd.GeoDataFrame(geometry=points).sjoin(
        counties[["name", "geometry"]], how="left", predicate="within"
    )
    county = joined["name"][~joined.index.duplicated()]
    return sites.assign(county=county.to_numpy()), places


def _farms(workspace: Workspace) -> pd.DataFrame:
    """Forest farms, in the middle of their zones."""
    zones = load_register(workspace.home, "zones")
    named = zones[zones["forest_farm"].notna() & ~zones.geometry.is_empty]
    rows = [
        {"site_id": f"farm:{name}", "name": str(name), "kind": "farm", "lon": at.x, "lat": at.y}
        for name, part in named.groupby("forest_farm", sort=True)
        for at in [part.geometry.union_all().representative_point()]
    ]
    return pd.DataFrame(rows, columns=["site_id", "name", "kind", "lon", "lat"])


def _minutes(workspace: Workspace, model: ReachModel, places: Floats, cells: Ints) -> Floats:
    made_of = digest(knowledge_of(workspace).setting, repr(places.tolist()), repr(cells.tolist()))
    kept = load_derived(workspace.home, _NAME, made_of=made_of)
    if kept is not None:
        with np.load(io.BytesIO(kept), allow_pickle=False) as held:
            return np.asarray(held["minutes"], dtype=np.float32)
    times = drive_times(model.network, put_on_road(model.network, *places.T), limit_min=LIMIT_MIN)
    found = reach_matrix(
        model.network,
        times,
        model.grid,
        cells,
        turn_out_min=model.rules.turn_out_min,
        limit_min=LIMIT_MIN,
    )
    target = io.BytesIO()
    np.savez_compressed(target, minutes=found.astype(np.float16))
    save_derived(workspace.home, _NAME, target.getvalue(), made_of=made_of)
    return np.asarray(found.astype(np.float16), dtype=np.float32)


def _metres(model: ReachModel, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = Transformer.from_crs(4326, model.network.crs, always_xy=True).transform(lon, lat)
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


def _degrees(model: ReachModel, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    lon, lat = Transformer.from_crs(model.network.crs, 4326, always_xy=True).transform(x, y)
    return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
