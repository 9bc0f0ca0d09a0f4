"""The planner's page: its sums are the plan's, nothing is asked of the network, names stay text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from jdzfire.errors import UsageError
from jdzfire.maps.planner_page import Layout, draw_planner
from jdzfire.siting.relocation import Rules, plan_teams

HOSTILE = "<img src=x onerror=alert(1)></script>`${alert(1)}"
COUNT = 400


def page(lang: str = "zh") -> tuple[str, list[Layout], pd.DataFrame]:
    draw = np.random.default_rng(6)
    blocks = pd.DataFrame(
        {
            "lon": 117.2 + 0.005 * (np.arange(COUNT) % 20),
            "lat": 29.3 + 0.005 * (np.arange(COUNT) // 20),
            "county": np.arange(COUNT) % 2, "forest_ha": draw.integers(0, 25, COUNT),
            "people": draw.integers(0, 9, COUNT), "fires": draw.random(COUNT) / COUNT,
        }
    )  # fmt: skip
    sites = pd.DataFrame(
        {"site_id": list("abcdef"), "name": [HOSTILE, "乙", None, "丁", "戊", "己"],
         "lon": 117.2 + 0.015 * np.arange(6), "lat": 29.35}
    )  # fmt: skip
    far = np.hypot(
        sites["lon"].to_numpy()[:, None] - blocks["lon"].to_numpy(),
        sites["lat"].to_numpy()[:, None] - blocks["lat"].to_numpy(),
    )
    minutes = 10 + 900 * far
    plan = plan_teams(
        minutes, blocks["forest_ha"].to_numpy(float), np.zeros((6, 2)), teams=2, within=30.0,
        rules=Rules(moves=1, add=1),
    )  # fmt: skip
    layouts = []
    for one, sites_of in ((None, (0, 1)), (plan, plan.sites)):
        held = np.sort(minutes[list(sites_of)], axis=0).astype(np.float32)
        layouts.append(Layout(one, tuple(sites_of), held[0], held[1]))
    html = draw_planner(
        blocks, sites, layouts, counties=["浮梁县", HOSTILE],
        borders=gpd.GeoSeries([shapely.box(117.19, 29.29, 117.3, 29.4)], crs=4326),
        block_m=500.0, within=30.0, weight="forest", notes=["2 islands of roads"], lang=lang,
    )  # fmt: skip
    return html, layouts, blocks


def test_the_same_answer_gives_the_same_bytes_and_no_markup_of_outside():
    html, _, _ = page()
    assert html == page()[0]
    assert "<img src=x" not in html
    with pytest.raises(UsageError):
        page("fr")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1600, 900), (390, 844)], ids=["wall", "phone"])
def test_the_page_adds_up_what_the_plan_says(chromium: Any, tmp_path: Path, size: tuple[int, int]):
    html, layouts, blocks = page()
    path = tmp_path / "plan.html"
    path.write_text(html, "utf-8")
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    view, wrong = context.new_page(), []
    view.on("pageerror", lambda error: wrong.append(str(error)))
    view.on("dialog", lambda dialog: wrong.append(dialog.message))
    view.on("request", lambda one: wrong.append(one.url) if one.url.startswith("http") else None)
    view.goto(path.as_uri())
    view.wait_for_selector("body.is-ready", state="attached")
    weight = blocks["forest_ha"].to_numpy()

    def share(minutes: np.ndarray, within: float) -> str:
        return f"{weight[np.ceil(minutes) <= within].sum() / weight.sum():.1%}"

    def shown(side: str) -> str:
        return view.locator(f"#{side}-box .share").inner_text()

    assert (shown("left"), shown("right")) == tuple(share(one.first, 30) for one in layouts)
    assert layouts[1].plan is not None
    assert view.locator("#right-box .steps li").count() == len(layouts[1].plan.steps)
    assert "已证明为最优" in view.locator("#right-box .proof").inner_text()
    view.locator("#bar input[type=range]").first.fill("45")
    assert shown("left") == share(layouts[0].first, 45)
    view.locator("#bar select").nth(1).select_option("2")
    assert shown("left") == share(layouts[0].second, 45)
    view.locator("#left-box select").select_option("1")
    assert shown("left") == share(layouts[1].second, 45)
    view.locator("#bar button").click()
    assert view.title() == "Where the teams stand: today and plans"
    assert "2 islands of roads" in view.locator("#key").inner_text()
    assert view.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert wrong == []
    context.close()
