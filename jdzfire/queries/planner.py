"""What planners ask for: coverage today, plans, and their page, workbook and layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from jdzfire.exports.layers_gpkg import layers_gpkg
from jdzfire.exports.workbook import tables_xlsx
from jdzfire.maps.planner_page import Layout, draw_planner
from jdzfire.queries.siting import SitingBasis, Weight, load_basis, plan_sites
from jdzfire.reach.coverage import Soonest, cover_table, gaps, lost_without, soonest
from jdzfire.siting.relocation import TeamPlan
from jdzfire.store.atomic import write_atomic
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace

WITHIN = (20.0, 30.0, 45.0, 60.0)
"""Minutes of the tables [min]."""
_MOST_GAPS = 30
_LOST_WITHIN = 45.0
_WORDS = {
    "zh": {
        "sheets": ("覆盖现状", "覆盖空白", "队伍作用", "方案"),
        "all": "全市",
        "level": "级别", "county": "县（市、区）", "township": "乡镇",
        "area": "区域", "what": "项目",
        "total": "总量", "within": "{n}分钟内%", "second": "第二支{n}分钟内%",
        "forest_ha": "林地（公顷）", "people": "人口", "fires": "年均预计火情",
        "place": "附近村庄", "lacking": "{n}分钟内到不了的林地（公顷）", "worst": "最慢（分钟）",
        "lon": "经度（WGS84）", "lat": "纬度（WGS84）",
        "team": "队伍", "lost": "仅此队{n}分钟内能到的林地（公顷）",
        "plan": "方案", "step": "步骤", "from": "调出", "to": "新驻地", "gain": "新增%",
        "less": "原覆盖减少%", "share": "调整后%", "bound": "可能的最优%", "added": "增设",
    },
    "en": {
        "sheets": ("Coverage today", "Gaps", "Teams", "Plans"),
        "all": "all",
        "level": "Level", "county": "county", "township": "township", "area": "Area",
        "what": "What", "total": "Total", "within": "within {n} min %",
        "second": "second team within {n} min %", "forest_ha": "forest (ha)", "people": "people",
        "fires": "fires expected a year", "place": "Near the village",
        "lacking": "Forest not reached within {n} min (ha)", "worst": "Slowest (min)",
        "lon": "Longitude (WGS84)", "lat": "Latitude (WGS84)",
        "team": "Team", "lost": "Forest only this team reaches within {n} min (ha)",
        "plan": "Plan", "step": "Step", "from": "From", "to": "To", "gain": "Gain %",
        "less": "No longer reached %", "share": "Share after %", "bound": "Best possible %",
        "added": "added",
    },
}  # fmt: skip


@dataclass(frozen=True)
class PlanAnswer:
    """Plans, what they are made from, and the files that show them."""

    basis: SitingBasis
    """Blocks, sites and minutes."""
    plans: tuple[TeamPlan, ...]
    """For ever more moves."""
    weight: Weight
    """What they were made for."""
    files: Mapping[str, Path]
    """``page``, ``workbook`` and ``layers``, in the published folder."""

    def rows(self) -> list[dict[str, Any]]:
        """Each step of each plan, with names, places and shares."""
        names = self.basis.sites
        found: list[dict[str, Any]] = []
        for plan in self.plans:
            for step in plan.steps.to_dict("records"):
                site = names.iloc[int(step["site"])]
                team = None if step["team"] < 0 else names.iloc[int(step["team"])]
                total = plan.total or np.nan
                found.append(
                    {
                        "moves": plan.moves,
                        "step": int(step["step"]),
                        "team_id": None if team is None else str(team["site_id"]),
                        "team": None if team is None else str(team["name"]),
                        "site_id": str(site["site_id"]),
                        "site": None if pd.isna(site["name"]) else str(site["name"]),
                        "kind": str(site["kind"]),
                        "county": None if pd.isna(site["county"]) else str(site["county"]),
                        "lon": float(site["lon"]),
                        "lat": float(site["lat"]),
                        "gain_share": float(step["gain"]) / total,
                        "lost_share": float(step["lost"]) / total,
                        "share_after": float(step["covered"]) / total,
                    }
                )
        return found


def make_plan(
    workspace: Workspace,
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
    at: pd.Timestamp | None = None,
    lang: str | None = None,
) -> PlanAnswer:
    """Plans by minutes, published as a page, a workbook and layers.

    Parameters
    ----------
    workspace : Workspace
    within, moves, add, weight, stay, move_cost, floor, is_bound_to_county, time_limit_s
        As of :func:`jdzfire.queries.siting.plan_sites`.
    at : Timestamp, aware, optional
        Moment kept in the workbook; default: now.
    lang : {"zh", "en"}, optional
        Default: that of the settings.

    Returns
    -------
    PlanAnswer
    """
    basis = load_basis(workspace)
    plans = plan_sites(
        basis,
        within=within,
        moves=moves,
        add=add,
        weight=weight,
        stay=stay,
        move_cost=move_cost,
        floor=floor,
        is_bound_to_county=is_bound_to_county,
        time_limit_s=time_limit_s,
    )
    files = {
        name: workspace.home.published_dir / "siting" / f"plan.{suffix}"
        for name, suffix in (("page", "html"), ("workbook", "xlsx"), ("layers", "gpkg"))
    }
    answer = PlanAnswer(basis, tuple(plans), weight, files)
    speech = lang or workspace.settings.lang
    moment = at or pd.Timestamp.now(tz="UTC")
    contents = {
        "page": planner_page(workspace, answer, within=within, lang=speech).encode("utf-8"),
        "workbook": tables_xlsx(_tables(workspace, answer, speech), made_at=moment),
        "layers": layers_gpkg(_layers(answer)),
    }
    files["page"].parent.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        write_atomic(files[name], content)
    return answer


def planner_page(workspace: Workspace, answer: PlanAnswer, *, within: float, lang: str) -> str:
    """The page of some plans, today beside them."""
    basis = answer.basis
    layouts = [_layout(basis, None, tuple(range(basis.teams)))]
    layouts += [_layout(basis, plan, plan.sites) for plan in answer.plans if len(plan.steps)]
    admin = load_register(workspace.home, "admin")
    weight = answer.weight
    if weight == "fires" and basis.fire_count == 0:
        weight = "forest"
    return draw_planner(
        basis.blocks,
        basis.sites,
        layouts,
        counties=basis.counties,
        borders=admin.loc[admin["level"] == "county"].geometry,
        block_m=basis.block_m,
        within=within,
        weight=weight,
        notes=basis.notes,
        lang=lang,
    )


def today_of(basis: SitingBasis) -> Soonest:
    """First and second team of each block, today; arrays of (1, blocks)."""
    return soonest(np.asarray(basis.minutes[: basis.teams, None, :], dtype=np.float32))


def coverage_rows(basis: SitingBasis, *, within: Sequence[float] = WITHIN) -> pd.DataFrame:
    """Shares of forest, people and fires reached in time today, by county and township.

    Returns
    -------
    DataFrame
        As of :func:`jdzfire.reach.coverage.cover_table`, with ``level`` before it.
    """
    weights = {
        name: basis.blocks[name].to_numpy(float)[None, :]
        for name in ("forest_ha", "people", "fires")
    }
    parts = []
    for level, names in (("county", basis.counties), ("township", basis.townships)):
        number = basis.blocks[level].to_numpy()[None, :]
        table = cover_table(today_of(basis), weights, number, names, within=within)
        table.insert(0, "level", level)
        parts.append(table if level == "county" else table[table["area"].notna()])
    return pd.concat(parts, ignore_index=True)


def gap_rows(
    workspace: Workspace, basis: SitingBasis, *, within: float = _LOST_WITHIN
) -> pd.DataFrame:
    """Where most forest is not reached in time today, by the nearest village.

    Returns
    -------
    DataFrame
        ``name``, ``lacking`` [ha], ``worst_min`` (infinite: not within the longest minutes),
        ``lon``, ``lat``; most lacking first.
    """
    villages = load_register(workspace.home, "settlements")
    villages = villages[~villages.geometry.is_empty].reset_index(drop=True)
    if villages.empty:
        return pd.DataFrame(columns=["name", "lacking", "worst_min", "lon", "lat"])
    lon, lat = villages.geometry.x.to_numpy(), villages.geometry.y.to_numpy()
    squeeze = np.cos(np.radians(lat.mean()))
    tree = cKDTree(np.column_stack([lon * squeeze, lat]))
    _, near = tree.query(
        np.column_stack([basis.blocks["lon"].to_numpy() * squeeze, basis.blocks["lat"].to_numpy()])
    )
    forest = basis.blocks["forest_ha"].to_numpy(float)[None, :]
    found = gaps(today_of(basis), forest, near[None, :].astype(np.int64), within=within)
    place = found["place"].to_numpy(int)
    return found.assign(
        name=villages["name"].to_numpy()[place], lon=lon[place].round(5), lat=lat[place].round(5)
    )[["name", "lacking", "worst_min", "lon", "lat"]]


def lost_rows(basis: SitingBasis, *, within: float = _LOST_WITHIN) -> pd.DataFrame:
    """Forest only one team reaches in time [ha], most first."""
    minutes = np.asarray(basis.minutes[: basis.teams, None, :], dtype=np.float32)
    lost = lost_without(minutes, basis.blocks["forest_ha"].to_numpy(float)[None, :], within=within)
    table = basis.sites.iloc[: basis.teams][["site_id", "name", "county"]].assign(lost_ha=lost)
    return table.sort_values(["lost_ha", "site_id"], ascending=[False, True], ignore_index=True)


def _layout(basis: SitingBasis, plan: TeamPlan | None, sites: tuple[int, ...]) -> Layout:
    reached = soonest(np.asarray(basis.minutes[list(sites)][:, None, :], dtype=np.float32))
    return Layout(plan, sites, reached.first[0], reached.second[0])


def _tables(workspace: Workspace, answer: PlanAnswer, lang: str) -> dict[str, pd.DataFrame]:
    words: Any = _WORDS["zh" if lang == "zh" else "en"]
    basis = answer.basis
    cover = coverage_rows(basis)
    steps = [column for column in cover.columns if column.startswith("within_")]
    second = next(column for column in cover.columns if column.startswith("second_"))
    cover = cover.assign(
        level=cover["level"].map(words.get),
        area=cover["area"].fillna(words["all"]),
        what=cover["what"].map(words.get),
    ).rename(
        columns={
            **{name: words[name] for name in ("level", "area", "what", "total")},
            **{name: words["within"].format(n=name.partition("_")[2]) for name in steps},
            second: words["second"].format(n=second.partition("_")[2]),
        }
    )
    n = f"{_LOST_WITHIN:g}"
    gap = gap_rows(workspace, basis).head(_MOST_GAPS).replace([np.inf], np.nan)
    gap = gap.rename(
        columns={
            "name": words["place"], "lacking": words["lacking"].format(n=n),
            "worst_min": words["worst"], "lon": words["lon"], "lat": words["lat"],
        }
    )  # fmt: skip
    lost = lost_rows(basis)[["name", "county", "lost_ha"]].rename(
        columns={
            "name": words["team"], "county": words["county"], "lost_ha": words["lost"].format(n=n)
        }
    )  # fmt: skip
    bounds = {plan.moves: plan.bound / (plan.total or np.nan) for plan in answer.plans}
    plans = pd.DataFrame(
        [
            {
                words["plan"]: row["moves"],
                words["step"]: row["step"],
                words["from"]: row["team"] or words["added"],
                words["to"]: row["site"] or row["site_id"],
                words["county"]: row["county"],
                words["lon"]: row["lon"],
                words["lat"]: row["lat"],
                words["gain"]: row["gain_share"],
                words["less"]: row["lost_share"],
                words["share"]: row["share_after"],
                words["bound"]: bounds[row["moves"]],
            }
            for row in answer.rows()
        ]
    )
    return dict(zip(words["sheets"], (cover, gap, lost, plans), strict=True))


def _layers(answer: PlanAnswer) -> dict[str, tuple[gpd.GeoDataFrame, str]]:
    """Blocks with the minutes of today and of each plan, the sites, and who moves where."""
    basis = answer.basis
    half = basis.block_m / 2
    x, y = basis.blocks["x"].to_numpy(float), basis.blocks["y"].to_numpy(float)
    squares = gpd.GeoSeries(shapely.box(x - half, y - half, x + half, y + half), crs=basis.crs)
    columns: dict[str, Any] = {
        name: basis.blocks[name] for name in ("forest_ha", "people", "fires")
    }
    columns["today_min"] = _finite(basis.minutes[: basis.teams])
    for plan in answer.plans:
        columns[f"plan_{plan.moves}_min"] = _finite(basis.minutes[list(plan.sites)])
    blocks = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=squares.to_numpy(), crs=basis.crs)
    rows = answer.rows()
    places = basis.sites.set_index("site_id")
    lines, points = [], []
    for row in rows:
        end = (row["lon"], row["lat"])
        points.append({**row, "geometry": shapely.Point(end)})
        if row["team_id"] is not None:
            begin = (places["lon"][row["team_id"]], places["lat"][row["team_id"]])
            lines.append({**row, "geometry": shapely.LineString([begin, end])})
    columns_of = [*(rows[0] if rows else {"moves": 0, "step": 0}), "geometry"]
    return {
        "blocks": (blocks, "Polygon"),
        "new_sites": (_frame(points, columns_of), "Point"),
        "moves": (_frame(lines, columns_of), "LineString"),
    }


def _frame(rows: list[dict[str, Any]], columns: list[str]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=columns)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def _finite(minutes: Any) -> Any:
    least = np.asarray(minutes, dtype=float).min(axis=0, initial=np.inf)
    return np.where(np.isfinite(least), np.round(least, 1), np.nan)
