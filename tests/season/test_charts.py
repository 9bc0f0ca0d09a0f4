"""Charts are drawn in both languages, with the shipped font too; hostile names stay text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jdzfire.season import charts
from jdzfire.season.agreement import INDICES
from jdzfire.season.counts import count_by_festival, count_by_slot, count_by_year
from jdzfire.season.durations import step_times
from jdzfire.season.fonts import SHIPPED, choose_font
from jdzfire.season.scorecard import SCORED
from jdzfire.season.style import render_png
from jdzfire.season.trend import fit_trend
from tests.season.test_counts import AT, cases
from tests.tables import register_table


def figures(lang: str):
    told = cases([{"seen_at": "2023-03-01T06:00"}, {"seen_at": "2024-03-01T06:00"}])
    yield charts.draw_years(count_by_year(told, register_table("permits", [])), lang=lang)
    yield charts.draw_slots(count_by_slot(told["seen_at"], "hour"), "hour", lang=lang)
    year = pd.Timestamp("2024-01-01").date(), pd.Timestamp("2024-12-31").date()
    festivals = count_by_festival(told["seen_at"], first=year[0], last=year[1])
    yield charts.draw_festivals(festivals, lang=lang)
    yield charts.draw_times(step_times(told, at=AT), lang=lang)  # nothing done yet
    auc = pd.DataFrame({"index": list(INDICES), "auc": 0.7, "low": 0.6, "high": np.nan})
    yield charts.draw_agreement(auc, lang=lang)
    card = pd.DataFrame(
        {
            "township": [r"$\frac{", "<b>西乡", "东乡"], "measure": "unexplained",
            "rate": [40.0, 1, 0],
            "shrunk": [1.2, 1.0, 0.5], "low": 0.2, "high": 2.0, "rank": [1.0, 2.0, 3.0],
            "rank_low": 1.0, "rank_high": 3.0,
        }
    )  # fmt: skip
    yield charts.draw_scorecard(card, "unexplained", lang=lang)
    counts = pd.DataFrame({"year": [str(y) for y in range(2018, 2025)], "count": range(50, 57)})
    counts["is_whole"] = [False] + [True] * 6
    whole = counts[counts["is_whole"]].assign(year=lambda t: t["year"].astype(int))
    yield charts.draw_trend(counts, fit_trend(whole), satellite="S-NPP", lang=lang)
    yield charts.draw_trend(counts, fit_trend(whole.head(2)), satellite="S-NPP", lang=lang)
    days = pd.DataFrame({"township": "西乡", "day": pd.date_range("2023-01-01", "2024-12-31")})
    days["fwi"] = 5 + 3 * np.sin(np.arange(len(days)) / 58)
    fires = pd.DataFrame({"township": ["西乡"], "day": [pd.Timestamp("2024-10-02")], "fires": [1]})
    yield charts.draw_danger(days, fires, year=2024, lang=lang)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("has_font", [True, False])
def test_every_chart_is_drawn_without_a_missing_glyph(
    lang: str, has_font: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # warnings are errors: a missing glyph would fail
    if not has_font:
        choose_font()  # registers the shipped one
        monkeypatch.setattr("jdzfire.season.style.choose_font", lambda: SHIPPED)
    for figure in figures(lang):
        assert render_png(figure, dpi=50).startswith(b"\x89PNG")


def test_whiskers_are_the_intervals_and_a_raw_rate_does_not_squeeze() -> None:
    figure = charts.draw_intervals(
        ["a", "b"], pd.Series([1.0, 2.0]), pd.Series([0.5, np.nan]), pd.Series([1.5, 2.5]),
        title="t", crosses=pd.Series([1.0, 90.0]), cross_name="raw",
    )  # fmt: skip
    axes = figure.axes[0]
    ends = [line.vertices[:, 0].tolist() for line in axes.collections[0].get_paths()]
    assert ends == [[0.5, 1.5], [2.0, 2.5]]
    assert axes.get_xlim()[1] < 5
    assert "90" in [text.get_text().strip(" →") for text in axes.texts]
    assert set(SCORED) == {"illegal_burns", "unexplained", "broken_permits"}
