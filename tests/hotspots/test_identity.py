from __future__ import annotations

import math
from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.feeds.registry import read_hotspots
from jdzfire.hotspots.identity import SAME_PLACE_M, hotspot_id, join_versions, merge_versions
from jdzfire.schemas import HOTSPOTS, PRODUCT_RANK, empty_table
from tests.tables import hotspot_table, utc

AT = utc("2024-04-04T05:03")
LON, LAT = 117.2, 29.4
M_EAST = 1 / 97_070.0  # metres to degrees of longitude at 29.4 N
NOTHING = empty_table(HOTSPOTS)


def one(**row):
    return hotspot_table([{"lon": LON, "lat": LAT, "at": AT} | row])


def test_a_new_hotspot_is_named_by_satellite_minute_and_place():
    assert merge_versions(NOTHING, one())["hotspot_id"].tolist() == [
        "NOAA20-202404040503-29.4000N117.2000E"
    ]


@pytest.mark.parametrize(("moved_m", "joined"), [(149, True), (152, False)])
def test_both_sides_of_the_same_place(moved_m, joined):
    known = one()
    later = one(lon=LON + moved_m * M_EAST, product="SP", version="2", frp_mw=9.0)
    merged = merge_versions(known, later)
    assert (merged["hotspot_id"][0] == known["hotspot_id"][0]) == joined
    assert merged["frp_mw"][0] == 9.0


@pytest.mark.parametrize(
    "other",
    [
        {"satellite": "NOAA-21"},
        {"at": AT + timedelta(minutes=1)},
        {"instrument": "AHI", "satellite": "Himawari-9", "lon": LON + 50 * M_EAST},
    ],
)
def test_another_satellite_or_minute_is_another_hotspot(other):
    known = one()
    merged = merge_versions(known, one(**other))
    assert len(merged) == 1
    assert merged["hotspot_id"][0] not in set(known["hotspot_id"])


def test_a_worse_product_changes_nothing():
    known = one(product="SP", version="2")
    assert merge_versions(known, one(lon=LON + 20 * M_EAST)).empty


def test_the_first_receipt_and_the_first_id_stay():
    known = one(received_at=AT + timedelta(hours=1))
    later = one(product="SP", version="2", received_at=AT + timedelta(days=90), lat=LAT + 0.0003)
    merged = merge_versions(known, later)
    assert merged["received_at"][0] == AT + timedelta(hours=1)
    assert merged["hotspot_id"][0] == known["hotspot_id"][0]
    assert merged["product"][0] == "SP"


def test_two_true_neighbours_are_never_made_one():
    # 100 m apart in one product: the same pair again, moved by 30 m, is still a pair
    pair = hotspot_table([{"lon": LON + k * 100 * M_EAST, "lat": LAT, "at": AT} for k in (0, 1)])
    again = hotspot_table(
        [
            {
                "lon": LON + (k * 100 + 30) * M_EAST,
                "lat": LAT,
                "at": AT,
                "product": "SP",
                "version": "2",
            }
            for k in (0, 1)
        ]
    )
    merged = merge_versions(pair, again)
    assert set(merged["hotspot_id"]) == set(pair["hotspot_id"])
    assert (merged["product"] == "SP").all()


def test_twins_in_one_file_become_the_better_one():
    both = hotspot_table(
        [
            {"lon": LON, "lat": LAT, "at": AT},
            {"lon": LON + 40 * M_EAST, "lat": LAT, "at": AT, "product": "SP", "version": "2"},
        ]
    )
    merged = merge_versions(NOTHING, both)
    assert len(merged) == 1
    assert merged["product"][0] == "SP"
    assert merged["hotspot_id"][0] == both["hotspot_id"][0]


def test_running_again_changes_nothing():
    table = hotspot_table([{"lon": LON + k * 400 * M_EAST, "lat": LAT, "at": AT} for k in range(4)])
    first = merge_versions(NOTHING, table)
    assert merge_versions(first, table).empty


def test_nothing_in_nothing_out():
    merged = merge_versions(NOTHING, NOTHING)
    assert list(merged.columns) == list(HOTSPOTS.columns)
    assert merged.crs == NOTHING.crs
    pd.testing.assert_series_equal(merged.dtypes, NOTHING.dtypes)


def metres(a, b):
    east = (a.x - b.x) * 111_195 * math.cos(math.radians(29.4))
    return math.hypot(east, (a.y - b.y) * 111_195)


@st.composite
def batches(draw):
    """Pixels at least 400 m apart, some of them again as another product, moved a little."""
    rows = []
    for k in draw(st.lists(st.integers(0, 30), unique=True, max_size=8)):
        lon = LON + k * 400 * M_EAST
        rows.append({"lon": lon, "lat": LAT, "at": AT, "product": draw(products)})
        if draw(st.booleans()):
            moved = lon + draw(st.integers(20, 140)) * draw(st.sampled_from([-1, 1])) * M_EAST
            rows.append({"lon": moved, "lat": LAT, "at": AT, "product": draw(products)})
    cut = draw(st.integers(0, len(rows)))
    order = draw(st.permutations(rows))
    return hotspot_table(order[:cut]), hotspot_table(order[cut:])


products = st.sampled_from(["URT", "NRT", "SP"])


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(batches())
def test_pixels_and_products_are_those_of_brute_force(batch):
    first, second = batch
    known = merge_versions(NOTHING, first)
    new_or_updated = merge_versions(known, second)
    held = pd.concat(
        [known[~known["hotspot_id"].isin(new_or_updated["hotspot_id"])], new_or_updated]
    )
    everything = pd.concat([first, second], ignore_index=True)
    # pixels are 400 m apart and moved at most 140 m: whoever is within 150 m of a member joins,
    # except where two rows of one product stand beside each other, which stay two
    best = {}
    for row in everything.itertuples():
        pixel = round((row.geometry.x - LON) / (400 * M_EAST))
        best.setdefault(pixel, []).append((PRODUCT_RANK[row.product], row.geometry))
    assert len(held["hotspot_id"].unique()) == len(held)
    for found in best.values():
        ranks = [rank for rank, _ in found]
        splits = metres(found[0][1], found[-1][1]) > SAME_PLACE_M
        if len(found) == 1 or (ranks[0] != ranks[-1] and not splits):
            near = [
                row
                for row in held.itertuples()
                if min(metres(row.geometry, place) for _, place in found) < 1
            ]
            assert len(near) == 1
            assert PRODUCT_RANK[near[0].product] == max(ranks)


@st.composite
def versions(draw):
    """Rows of pixels 400 m apart, each in some products, moved at most 60 m; and an order."""
    rows = []
    for k in draw(st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=5)):
        for product in draw(st.lists(products, unique=True, min_size=1, max_size=3)):
            moved = LON + k * 400 * M_EAST + draw(st.integers(-60, 60)) * M_EAST
            frp = float(draw(st.integers(1, 9)))
            lat = LAT + 1e-4 * PRODUCT_RANK[product]  # 11 m: no two rows share a name
            rows.append({"lon": moved, "lat": lat, "at": AT, "product": product, "frp_mw": frp})
    order = draw(st.permutations(rows))
    cuts = sorted(draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    return rows, [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def taken_in(batches):
    """What an archive holds after some batches, and the rows that lost."""
    held, lost = NOTHING, []
    for rows in batches:
        joined = join_versions(held, hotspot_table(rows))
        kept = held[~held["hotspot_id"].isin(joined.new_or_updated["hotspot_id"])]
        held = pd.concat([kept, joined.new_or_updated]) if len(kept) else joined.new_or_updated
        lost.append(joined.lost)
    return held, pd.concat([table for table in lost if len(table)] or lost[:1])


def stated(table):
    """What rows say, their names and receipts aside."""
    return sorted(zip(table["product"], table["frp_mw"], table.geometry.x.round(7), strict=True))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(versions())
def test_order_and_batches_do_not_matter_and_nothing_is_lost(scene):
    rows, batches = scene
    best, beaten = taken_in([rows])
    again, beaten_again = taken_in(batches)
    assert stated(again) == stated(best)
    assert stated(beaten_again) == stated(beaten)
    every = hotspot_table(rows)
    assert stated(pd.concat([best, beaten])) == stated(every)
    # the id was the name of one of the pixel's own versions, and is given once
    assert again["hotspot_id"].is_unique
    own = {name: round((x - LON) / (400 * M_EAST)) for name, x in zip(
        every["hotspot_id"], every.geometry.x, strict=True)}  # fmt: skip
    for name, x in zip(again["hotspot_id"], again.geometry.x, strict=True):
        assert own[name] == round((x - LON) / (400 * M_EAST))


def test_what_was_replaced_or_beaten_is_remembered():
    nrt, sp = one(product="NRT"), one(product="SP", version="2", lat=LAT + 0.0003)
    forward = join_versions(nrt, sp)
    assert forward.lost["product"].tolist() == ["NRT"]
    assert forward.lost["hotspot_id"].tolist() == forward.new_or_updated["hotspot_id"].tolist()
    backward = join_versions(sp, nrt)
    assert backward.new_or_updated.empty
    assert backward.lost["product"].tolist() == ["NRT"]
    assert join_versions(nrt, nrt).lost.empty  # the same again contains nothing new


@pytest.mark.slow
def test_twins_of_a_season_are_joined_and_neighbours_are_not(season_folder):
    truth = pd.read_csv(season_folder / "truth" / "hotspots.csv")
    truth = truth[truth["pixel_id"].str.startswith("P")]
    parts = []
    for name in truth["file"].unique():
        raw = (season_folder / name).read_bytes()
        late = AT.replace(year=2026)
        table = read_hotspots("firms", raw, source_name=name, received_at=late).table
        pixels = truth[truth["file"] == name].set_index("line")["pixel_id"]
        parts.append(table.assign(pixel=pixels.reindex(table["raw_line"]).to_numpy()))
    rows = pd.concat(parts, ignore_index=True)
    nrt = rows[rows["product"] == "NRT"]
    # a URT twin of each, its fourth decimal moved by up to 5 units (50 m)
    rng = np.random.default_rng(1)
    moved = gpd.points_from_xy(
        nrt.geometry.x + rng.uniform(-5e-4, 5e-4, len(nrt)),
        nrt.geometry.y + rng.uniform(-5e-4, 5e-4, len(nrt)),
        crs=4326,
    )
    urt = nrt.set_geometry(moved).assign(product="URT", version="2.0URT", frp_mw=None)
    x, y = urt.geometry.x.to_numpy(), urt.geometry.y.to_numpy()
    urt["hotspot_id"] = hotspot_id(urt["satellite"], urt["acquired_at"], x, y)
    urt = urt.drop_duplicates("hotspot_id")
    held = NOTHING
    for batch in (urt, nrt, rows[rows["product"] == "SP"]):
        table = gpd.GeoDataFrame(batch.drop(columns="pixel"), crs=4326).reset_index(drop=True)
        new_or_updated = join_versions(held, table).new_or_updated
        kept = held[~held["hotspot_id"].isin(new_or_updated["hotspot_id"])]
        held = pd.concat([kept, new_or_updated]) if len(kept) else new_or_updated
    pixels = nrt["pixel"].nunique()
    assert pixels > 500
    assert set(held["product"]) == {"SP"}
    # one hotspot a pixel: neither a twin left alone nor two neighbours made one
    assert abs(len(held) - pixels) <= 0.001 * pixels


ANYWHERE = st.lists(
    st.tuples(
        st.one_of(st.floats(-180, 180), st.decimals(-180, 180, places=5).map(float)),
        st.one_of(st.floats(-90, 90), st.decimals(-90, 90, places=5).map(float)),
    ),
    min_size=1,
    max_size=20,
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(ANYWHERE, st.sampled_from(["S-NPP", "NOAA-20", "风云 3D"]))
def test_names_of_many_are_written_as_one_by_one(pairs, satellite):
    lon, lat = (np.array(values) for values in zip(*pairs, strict=True))
    index = pd.RangeIndex(5, 5 + len(pairs))
    when = pd.date_range("2024-04-04 05:03:20", periods=len(pairs), freq="37s", tz="UTC")
    craft = pd.Series([satellite] * len(pairs), index=index, dtype="str")
    slug = {"S-NPP": "SNPP", "NOAA-20": "NOAA20", "风云 3D": "风云3D"}[satellite]
    expected = [
        f"{slug}-{t:%Y%m%d%H%M}-{abs(y):.4f}{'N' if y >= 0 else 'S'}{abs(x):.4f}"
        f"{'E' if x >= 0 else 'W'}"
        for t, (x, y) in zip(when, pairs, strict=True)
    ]
    names = hotspot_id(craft, pd.Series(when, index=index), lon, lat)
    pd.testing.assert_series_equal(names, pd.Series(expected, index=index, dtype="str"))
