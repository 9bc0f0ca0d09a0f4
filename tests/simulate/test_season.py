from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from jdzfire.errors import UsageError
from jdzfire.schemas import HEAT_SOURCES, ROADS, SETTLEMENTS, TEAMS, ZONES, validate
from jdzfire.simulate import Season, render_season, simulate_season
from jdzfire.simulate.growth import build_curves
from jdzfire.simulate.reports import notice_handled


def test_the_year_has_the_numbers_of_the_report(season: Season) -> None:
    approved = season.permits["status"].isin(["已批准", "已执行"])
    assert approved.sum() == 88
    assert season.fires["is_handled"].sum() == 46
    assert season.teams["kind"].value_counts().to_dict() == {
        "semi-professional": 47,
        "volunteer": 6,
    }
    kinds = season.fires["kind"].value_counts().to_dict()
    # 46 handled less 4 escaped burns, and 8 unnoticed; 88 permits less 10 never burned
    assert kinds == {"farm_fire": 300, "burn": 78, "wildfire": 50}
    assert 8 <= len(season.sites) <= 12
    assert 0 < (~season.sites["is_registered"]).sum() < 5


def test_registers_keep_their_contracts(season: Season) -> None:
    validate(season.zones, ZONES)
    validate(season.settlements, SETTLEMENTS)
    validate(season.roads, ROADS)
    validate(season.teams, TEAMS)
    validate(season.sites, HEAT_SOURCES)


def test_zones_lie_in_the_city_and_cover_two_thirds(season: Season) -> None:
    city = season.admin[season.admin["level"] == "city"].geometry.iloc[0]
    assert shapely.covers(city.buffer(1e-6), season.zones.geometry.to_numpy()).all()
    share = shapely.union_all(season.zones.geometry.to_numpy()).area / city.area
    assert 0.58 < share < 0.72
    inside = season.landcover.to_numpy() == 10
    assert 0.55 < inside.mean() < 0.9
    assert set(season.zones["edge_buffer_m"]) == {100.0, 200.0}
    assert "枫树山林场" in set(season.zones["forest_farm"].dropna())


def test_fires_burn_where_their_kind_burns(season: Season) -> None:
    fires = season.fires
    points = gpd.GeoSeries(gpd.points_from_xy(fires["lon"], fires["lat"]), crs="EPSG:4326")
    county = season.admin[season.admin["level"] == "county"]
    home = gpd.GeoDataFrame(fires[["county"]], geometry=points).sjoin(
        county[["name", "geometry"]], how="left"
    )
    # the township comes from a 250 m grid, so only places at the very edge may differ
    assert (home["name"] == home["county"]).mean() > 0.99
    forest = season.landcover.sel(
        x=fires["lon"].to_xarray(), y=fires["lat"].to_xarray(), method="nearest"
    ).to_numpy()
    in_forest = fires["in_forest"].to_numpy(dtype=bool)
    assert (forest[in_forest] == 10).mean() > 0.98
    assert (forest[~in_forest] == 40).mean() > 0.98


def test_sizes_and_seasons_are_plausible(season: Season) -> None:
    wild = season.fires[(season.fires["kind"] == "wildfire") & season.fires["is_handled"]]
    assert wild["area_ha"].between(0.08, 30).all()
    assert (wild["area_ha"] < 5).mean() > 0.5
    month = (wild["started_at"] + pd.Timedelta(hours=8)).dt.month
    assert month.isin([1, 2, 3, 4, 9, 10, 11, 12]).mean() > 0.7
    burns = season.fires[season.fires["kind"] == "burn"]
    assert burns["area_ha"].between(0.7, 52).all()
    assert (season.fires["ended_at"] > season.fires["started_at"]).all()
    assert (season.fires["peak_frp_mw"] > 0).all()


def test_faults_are_what_they_are_called(season: Season) -> None:
    burned = season.permits[season.permits["burn_s"].notna()]
    counts = burned["fault"].value_counts().to_dict()
    assert counts == {"escaped": 4, "early": 3, "late": 3, "oversize": 2, "weather": 2}
    fault = burned["fault"].fillna("")
    late_h = (burned["burn_s"] - burned["to_s"]) / 3600
    early_h = (burned["from_s"] - burned["burn_s"]) / 3600
    assert (late_h[fault == "late"] > 0).all()
    assert (early_h[fault == "early"] > 0).all()
    inside = ~fault.isin(["early", "late"])
    assert (late_h[inside] < 0).all()
    assert (early_h[inside] < 0).all()
    ratio = burned["burned_ha"] / burned["area_ha"]
    assert (ratio[fault == "oversize"] >= 1.6).all()
    assert (ratio[fault == ""] <= 1.0).all()
    assert ((burned["burned_ha"] - burned["area_ha"])[fault == "escaped"] >= 2).all()
    windy = season.fires[season.fires["fault"] == "weather"]
    calm = season.fires[(season.fires["kind"] == "burn") & season.fires["fault"].isna()]
    assert _noon_wind(season, windy).min() > _noon_wind(season, calm).max()
    # wind force 3 ends at 5.4 m/s
    assert _noon_wind(season, calm).max() < 5.4


def _noon_wind(season: Season, fires: pd.DataFrame) -> np.ndarray:
    day = (fires["started_at"] + pd.Timedelta(hours=8)).dt.tz_localize(None).dt.normalize()
    return (
        season.weather["sfcWind"]
        .sel(
            time=day.to_xarray(),
            lon=fires["lon"].to_xarray(),
            lat=fires["lat"].to_xarray(),
            method="nearest",
        )
        .to_numpy()
    )


def test_what_was_never_approved_was_never_burned(season: Season) -> None:
    refused = season.permits[~season.permits["status"].isin(["已批准", "已执行"])]
    assert set(refused["status"]) == {"已驳回", "已撤回", "待审批"}
    assert refused["burn_s"].isna().all()
    lots = season.permits.to_crs("EPSG:4548")
    assert (lots.area / 1e4).to_numpy() == pytest.approx(lots["area_ha"].to_numpy(), rel=0.005)


def test_every_handled_fire_was_found_by_somebody(season: Season) -> None:
    fires, curves = season.fires, build_curves(season.fires)
    nobody = np.full(len(fires), np.nan)
    found = notice_handled(nobody, fires, curves, seen={0, 1})
    handled = fires["is_handled"].to_numpy(dtype=bool)
    seen = np.isin(np.arange(len(fires)), [0, 1])
    assert (np.isfinite(found) == (handled & ~seen)).all()
    known = np.isfinite(found)
    assert (found[known] < curves.ended_s[known]).all()
    assert season.fires.loc[~handled & (fires["kind"] == "wildfire"), "reported_at"].isna().all()


def test_looks_know_cloud_and_satellite(season: Season) -> None:
    observations = season.observations
    assert observations["cloud_fraction"].between(0, 1).all()
    per_day = (
        observations[observations["satellite"] == "NOAA-20"].groupby("township_id").size() / 14
    )
    assert per_day.between(2.0, 3.2).all()
    hourly = observations[observations["satellite"] == "Himawari-9"].groupby("township_id").size()
    assert (hourly == 14 * 24).all()
    assert set(observations["township_id"]) == set(
        season.admin.loc[season.admin["level"] == "township", "admin_id"]
    )


@pytest.mark.slow
def test_same_seed_same_bytes(season: Season, files: dict[str, bytes]) -> None:
    again = dict(render_season(simulate_season(2024, 1, days=(season.first_day, season.last_day))))
    assert list(again) == list(files)
    differ = [path for path in files if files[path] != again[path]]
    assert differ == []


@pytest.mark.slow
def test_another_seed_another_season(season: Season) -> None:
    other = simulate_season(2024, 2, days=(date(2024, 11, 4), date(2024, 11, 4)))
    assert not season.fires["lon"].equals(other.fires["lon"])
    assert not season.weather.equals(other.weather)


def test_manifest_tells_every_file(season: Season, files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    assert (manifest["year"], manifest["seed"], manifest["scale"]) == (2024, 1, "city")
    sums = {
        path: hashlib.sha256(data).hexdigest()
        for path, data in files.items()
        if path != "manifest.json"
    }
    assert manifest["files"] == sums
    assert "SCHEMATIC" in files["README.txt"].decode()
    assert {field.name for field in fields(season)} >= {"year", "seed", "scale"}


@pytest.mark.parametrize(
    ("year", "seed", "scale", "days"),
    [
        (2024, 1, "country", None),
        (1999, 1, "city", None),
        (2024, -1, "city", None),
        (2024, 1, "city", (date(2024, 2, 2), date(2024, 2, 1))),
        (2024, 1, "city", (date(2023, 12, 31), date(2024, 1, 3))),
    ],
)
def test_impossible_requests_are_refused(
    year: int, seed: int, scale: str, days: tuple[date, date] | None
) -> None:
    with pytest.raises(UsageError) as caught:
        simulate_season(year, seed, scale, days=days)
    assert caught.value.expected
