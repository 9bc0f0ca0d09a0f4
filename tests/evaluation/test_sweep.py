"""The sweep of thresholds: its values, its pooling, its table and its figure."""

from __future__ import annotations

import math
from dataclasses import fields

import pandas as pd
import pytest

from jdzfire.evaluation.score import Score
from jdzfire.evaluation.sweep import (
    FIGURES_SWEPT,
    SWEPT,
    Swept,
    describe_sweep,
    pool_scores,
    rules_with,
    sweep_rules,
)
from jdzfire.evaluation.sweep_figure import draw_sweep
from jdzfire.season.figures import render_png, render_svg
from jdzfire.triage.rules import Rules

BARS = Swept("triage", "smoulder_h", "h", factors=(0.0, 0.5, 1.0))
DATES = Swept("triage", "heat_min_dates", "dates", steps=(-9, -1, 2))


def score_of(*, silenced=1, fires=4, asking=0.5, burns=None, seen=0):
    counts = {
        "fires_to_show": fires,
        "fires_wrongly_silenced": silenced,
        "silenced_outside_permits": 0,
        "fires_never_shown": 0,
        "burns_compliant_seen": seen,
        "heat_source_hotspots": 10,
        "farm_fires_outside_seen": 0,
    }
    rates = {
        "unresolved_a_day_mean": asking,
        "shown_a_day_mean": asking,
        "burns_explained": burns,
        "heat_source_hotspots_explained": 0.9,
        "farm_fires_outside_explained": None,
    }
    return Score(counts, rates, pd.DataFrame())


def test_values_are_multiples_or_steps_of_the_present_one_and_never_negative():
    assert BARS.values(Rules()) == [0.0, 6.0, 12.0]
    assert DATES.values(Rules()) == [4, 5, 7]  # 5 - 9 is none
    assert all(isinstance(value, int) for value in DATES.values(Rules()))


@pytest.mark.parametrize("swept", SWEPT, ids=lambda one: one.name)
def test_every_threshold_swept_is_one_of_the_rules_and_has_five_to_seven_values(swept):
    rules = Rules()
    section = getattr(rules, swept.section)
    assert swept.name in {one.name for one in fields(section)}
    held = getattr(section, swept.name)
    values = swept.values(rules)
    assert 5 <= len(values) <= 7
    assert held in values
    assert swept.why
    assert (
        getattr(getattr(rules_with(rules, swept, values[0]), swept.section), swept.name)
        == (values[0])
    )


def test_pooling_sums_counts_and_weighs_shares():
    """Burns: 1.0 of 1 and 0.5 of 3 are (1 + 1.5)/4; a day: the mean of two seasons."""
    stated = pool_scores(
        [
            score_of(silenced=1, burns=1.0, seen=1, asking=0.2),
            score_of(silenced=2, burns=0.5, seen=3, asking=0.6),
            score_of(silenced=0, burns=None, seen=0, asking=0.4),
        ]
    )
    assert stated["fires_wrongly_silenced"] == 3
    assert stated["fires_to_show"] == 12
    assert stated["burns_explained"] == pytest.approx(0.625)
    assert stated["unresolved_a_day"] == pytest.approx(0.4)
    assert math.isnan(stated["farm_fires_outside_explained"])
    assert tuple(stated) == FIGURES_SWEPT


def test_one_threshold_is_turned_at_a_time_and_the_present_one_is_scored_once():
    tried = []

    def score(rules):
        tried.append((rules.triage.smoulder_h, rules.triage.heat_min_dates))
        return [score_of(silenced=int(rules.triage.smoulder_h))]

    table = sweep_rules(score, swept=[BARS, DATES])
    assert tried == [(12.0, 5), (0.0, 5), (6.0, 5), (12.0, 4), (12.0, 7)]
    assert table["value"].tolist() == [0.0, 6.0, 12.0, 4.0, 5.0, 7.0]
    assert table["is_default"].tolist() == [False, False, True, False, True, False]
    assert table["fires_wrongly_silenced"].tolist() == [0, 6, 12, 12, 12, 12]
    lines = describe_sweep(table).splitlines()
    assert len(lines) == 7
    assert "12*" in lines[3]
    assert "*" not in lines[1]


@pytest.mark.slow
def test_figure_has_three_strips_a_threshold_and_marks_the_present_value():
    table = sweep_rules(lambda _: [score_of()], swept=[BARS, DATES])
    figure = draw_sweep(table, title="two")
    assert len(figure.axes) == 6
    titles = [axes.get_title(loc="left") for axes in figure.axes[::3]]
    assert titles == ["smoulder_h [h]", "heat_min_dates [dates]"]
    labels = figure.axes[2].get_xticklabels()
    assert [label.get_text() for label in labels] == ["0", "6", "12"]
    assert [label.get_fontweight() for label in labels] == ["normal", "normal", "bold"]
    drawn = figure.axes[0].lines[1].get_ydata()
    assert list(drawn) == [1, 1, 1]  # after the line of the present value
    assert render_png(figure).startswith(b"\x89PNG")
    svg = render_svg(draw_sweep(table, title="two"))
    assert b"smoulder_h [h]" in svg
    assert svg == render_svg(draw_sweep(table, title="two"))


def test_nothing_swept_is_an_empty_figure():
    table = sweep_rules(lambda _: [score_of()], swept=[])
    assert table.empty
    assert draw_sweep(table).axes == []
