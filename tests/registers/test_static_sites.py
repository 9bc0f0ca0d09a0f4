"""Sites of the product's own mask, and proposals held against them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jdzfire.registers.static_sites import score_against_sites, static_sites
from tests.tables import hotspot_table, utc

LON, LAT = 117.2, 29.4
M_EAST = 1 / 97_070.0


def seen(offset_m, days, *, kind=2):
    return [
        {"lon": LON + offset_m * M_EAST, "lat": LAT, "at": utc(f"2024-03-{day:02d}T05:00")}
        | {"source_type": kind}
        for day in days
    ]


@pytest.mark.parametrize(("gap_m", "count"), [(490.0, 1), (510.0, 2)])
def test_static_hotspots_make_one_site_by_their_gap(gap_m, count):
    rows = seen(0, range(1, 7)) + seen(gap_m, range(10, 16))
    sites = static_sites(hotspot_table(rows))
    assert len(sites) == count
    assert sites["dates"].sum() == 12


def test_sites_need_dates_and_the_mask():
    rows = seen(0, range(1, 7), kind=0) + seen(3000, range(1, 6)) + seen(6000, range(1, 7))
    sites = static_sites(hotspot_table(rows))
    assert sites["dates"].tolist() == [6]
    assert sites["span_days"].tolist() == [5]
    assert sites["lon"].tolist() == pytest.approx([LON + 6000 * M_EAST])
    assert len(static_sites(hotspot_table(rows), min_dates=5)) == 2
    assert static_sites(hotspot_table([])).empty


def test_proposals_are_right_by_any_static_hotspot_and_sites_found_by_their_middle():
    # a site of 0 and 450 m has its middle at 225: a proposal at 900 is 450 from its edge (right)
    # and 675 from its middle (found); one at 960 is 510 (right) and 735 (not found)
    rows = seen(0, range(1, 7)) + seen(450, range(7, 13)) + seen(9000, [1], kind=0)
    hotspots = hotspot_table(rows)
    sites = static_sites(hotspots)
    for offset_m, found in ((900.0, True), (960.0, False)):
        proposals = pd.DataFrame({"lon": [LON + offset_m * M_EAST, LON + 9000 * M_EAST]}).assign(
            lat=LAT
        )
        score = score_against_sites(proposals, sites, hotspots)
        assert score.is_right.tolist() == [True, False]
        assert score.is_found.tolist() == [found]
        assert score.nearest_m[0] == pytest.approx(offset_m - 450, abs=2)
        assert (score.precision, score.recall) == (0.5, float(found))


def test_nothing_scores_nothing():
    score = score_against_sites(
        pd.DataFrame({"lon": [], "lat": []}), static_sites(hotspot_table([])), hotspot_table([])
    )
    assert np.isnan(score.precision)
    assert np.isnan(score.recall)
