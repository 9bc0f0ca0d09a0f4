"""The page in a real browser with all network blocked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from shapely.geometry import box

from jdzfire.board.board import Board
from jdzfire.board.labels import MEASURES, Lang
from jdzfire.board.wording import UNITS, measures
from jdzfire.board.words import words
from jdzfire.schemas import Reason, decode_reasons, encode_reasons
from tests.maps.browser import BROWSER_MARKS, PHONE, WALL, Seen, place_on_page, signs_on

pytestmark = BROWSER_MARKS


@pytest.mark.slow
def test_the_wall_shows_what_is_open_and_asks_nothing(
    see: Callable[..., Seen], board: Board
) -> None:
    seen = see(board, size=WALL)
    page = seen.page
    assert page.title() == "景德镇市林火热点监测"
    assert page.locator("#list-open .item").count() == 7
    assert page.locator("#counts .count b").all_inner_texts() == ["7", "2", "3"]
    assert {name[-3:] for name in signs_on(page)} >= {"001", "002", "003"}
    assert page.locator("#feeds .feed.failed").inner_text().split() == ["地面报告", "中断"]
    assert "13:34" in page.locator("#times").inner_text()
    assert page.locator(".leaflet-relief-pane img").evaluate("img => img.naturalWidth") > 100
    page.wait_for_timeout(300)
    seen.assert_quiet()


@pytest.mark.slow
def test_a_hostile_name_is_text(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board)
    item = seen.page.locator(".item", has_text="onerror")
    assert item.locator(".place").inner_text() == "<img src=x onerror=alert(1)></script><b>村"
    item.click()
    seen.page.wait_for_selector(".event-popup h2")
    assert "<img src=x onerror" in seen.page.locator(".event-popup h2").inner_text()
    assert seen.page.locator("img[src=x]").count() == 0
    seen.assert_quiet()


@pytest.mark.slow
def test_a_click_in_the_list_opens_the_popup(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board)
    seen.page.locator(".item").nth(1).click()
    popup = seen.page.locator(".event-popup")
    popup.wait_for()
    text = popup.inner_text()
    words = (
        "浮梁县经公桥镇源港村南0.8公里",
        "疑似违规炼山",
        "JDZ-20240316-002",
        "2024-03-16 13:34",
        "比批准时间晚 5.3 小时",
        "直线估算",
        "3.5 公里",
        "GCJ-02",
        "瑶里林场",
        "已派遣",
    )
    for word in words:
        assert word in text, word
    assert popup.locator("a.phone").first.get_attribute("href") == "tel:13907981001"
    seen.assert_quiet()


@pytest.mark.slow
def test_the_layer_control_takes_layers_off_and_on(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board)
    page = seen.page
    box = page.locator(".leaflet-control-layers label", has_text="疑似违规炼山").locator("input")

    is_violation = board.verdicts["verdict"] == "permit_violation"
    violations = set(board.verdicts.loc[is_violation, "event_id"].str[-3:])
    assert len(violations) == 2

    def shown() -> set[str]:
        return {name[-3:] for name in signs_on(page)}

    assert shown() >= violations
    box.click()
    assert not shown() & violations
    box.click()
    assert shown() >= violations
    closed = page.locator(".leaflet-control-layers label", has_text="已结案").locator("input")
    assert "012" not in shown()
    closed.click()
    assert "012" in shown()
    seen.assert_quiet()


@pytest.mark.slow
def test_a_sign_is_drawn_in_the_colour_of_its_level_and_opens_its_card(
    see: Callable[..., Seen], board: Board
) -> None:
    seen = see(board, size=WALL, chosen="#view=13/29.56/117.62")
    page = seen.page
    x, y = place_on_page(page, 117.62, 29.56)  # 001, the first of the list
    colour = page.evaluate(
        "([x, y]) => { const c = document.querySelector('canvas.signs');"
        " const b = c.getBoundingClientRect(), pen = c.getContext('2d');"
        " return [...pen.getImageData(x - b.x, y - b.y, 1, 1).data]; }",
        [x - 9, y],
    )
    style = "getComputedStyle(document.documentElement).getPropertyValue('--level-1').trim()"
    wanted = [int(page.evaluate(style)[i : i + 2], 16) for i in (1, 3, 5)]
    assert colour == [*wanted, 255]
    page.mouse.move(x, y)
    name = page.locator("#list-open .item .place").first.inner_text()
    assert page.locator(".leaflet-container").get_attribute("title") == name
    page.mouse.click(x, y)
    page.locator(".event-popup", has_text="JDZ-20240316-001").wait_for()
    seen.assert_quiet()


MEASURED = {
    **dict.fromkeys(MEASURES, 3),
    **{f"{stem}_{unit}": 12.345 for stem in ("distance", "late", "frp_max") for unit in UNITS},
    "forest_share": 0.126, "tree_share": 2.5, "score": 0.987, "early_h": -0.004, "moved_m": 1234.56,
    "is_day": True, "is_new": False, "nobody_knows_h": 4.0, "unheard_of": "<b>x</b>", "gone": None,
    "seen_at": "2024-03-15T22:30:00Z", "valid_from": "2024-03-16T00:00:00+00:00",
    "valid_to": "at dusk",
}  # fmt: skip
"""Each kind of value a reason may hold."""


@pytest.mark.slow
def test_a_sign_is_tapped_on_a_phone(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board, size=PHONE, chosen="#view=13/29.56/117.62")
    seen.page.touchscreen.tap(*place_on_page(seen.page, 117.62, 29.56))
    seen.page.locator(".event-popup", has_text="JDZ-20240316-001").wait_for()
    seen.assert_quiet()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_measured_values_are_written_as_in_the_papers(
    see: Callable[..., Seen], make_board: Callable[..., Board], lang: Lang
) -> None:
    stated = encode_reasons([Reason("heat.place", "met", "一", "one", MEASURED, {"gap_m": 0.25})])
    board = make_board()
    seen = see(make_board(verdicts=board.verdicts.assign(reasons=stated)), lang=lang)
    seen.page.locator(".item").first.click()
    small = seen.page.locator(".event-popup .reason small").inner_text()
    text, given = words(lang), decode_reasons(stated)[0].measured
    assert small == " ｜ ".join(
        [
            f"{text['measured']} {', '.join(measures(given, lang))}",
            f"{text['threshold']} {', '.join(measures({'gap_m': 0.25}, lang))}",
        ]
    )
    seen.assert_quiet()


@pytest.mark.slow
def test_a_footprint_is_filled_and_its_hole_is_not(
    see: Callable[..., Seen], make_board: Callable[..., Board]
) -> None:
    board = make_board()
    ring = box(117.60, 29.54, 117.64, 29.58).difference(box(117.615, 29.555, 117.625, 29.565))
    shapes = board.events.geometry.copy()
    # the second lies over the first, and neither makes a hole of the other
    shapes.iloc[:2] = [ring, box(117.63, 29.54, 117.65, 29.58)]
    levels = board.verdicts["priority"].where(~board.verdicts["event_id"].str.endswith("002"), 90)
    stated = board.verdicts["verdict"].mask(
        board.verdicts["event_id"].str.endswith("002"), "unresolved"
    )
    seen = see(
        make_board(
            events=board.events.set_geometry(shapes),
            verdicts=board.verdicts.assign(priority=levels, verdict=stated),
        ),
        size=WALL,
        chosen="#view=13/29.56/117.625",
    )

    places = {
        "ring": (117.605, 29.56), "hole": (117.618, 29.558), "both": (117.635, 29.55),
        "outside": (117.59, 29.56),
    }  # fmt: skip
    spots = [place_on_page(seen.page, *place) for place in places.values()]
    alphas = seen.page.evaluate(
        "(spots) => { const c = document.querySelector('.leaflet-areas-pane canvas');"
        " const b = c.getBoundingClientRect(), w = c.width;"
        " const all = c.getContext('2d').getImageData(0, 0, w, c.height).data;"
        " const at = (x, y) => 4 * (Math.round(y - b.y) * w + Math.round(x - b.x)) + 3;"
        " return spots.map(([x, y]) => all[at(x, y)]); }",
        spots,
    )
    found = dict(zip(places, alphas, strict=True))
    assert found["hole"] == found["outside"] == 0
    assert abs(found["ring"] - 41) <= 1  # 0.16 of 255
    assert found["both"] >= found["ring"]
    seen.page.mouse.click(*place_on_page(seen.page, 117.605, 29.56))
    seen.page.locator(".event-popup", has_text="JDZ-20240316-001").wait_for()
    seen.assert_quiet()


@pytest.mark.slow
def test_search_finds_by_id_and_by_name(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board)
    for query, kind, popup in (
        ("20240316-003", "事件", "双田镇"),
        ("涌山 扑火队", "扑火队伍", "涌山镇半专业扑火队"),
        ("2024-021", "炼山报备", "礼芳村后山"),
    ):
        seen.page.fill("#search input", query)
        seen.page.locator("#found .hit", has_text=kind).first.click()
        seen.page.locator(".leaflet-popup", has_text=popup).wait_for()
        assert seen.page.locator("#found").is_hidden()
    seen.page.fill("#search input", "<b>nowhere")
    assert seen.page.locator("#found").inner_text() == "没有找到“<b>nowhere”"
    seen.assert_quiet()


@pytest.mark.slow
def test_measuring_gives_kilometres_and_opens_no_popup(
    see: Callable[..., Seen], board: Board
) -> None:
    seen = see(board)
    page = seen.page
    page.get_by_label("量距离和面积").click()
    for x, y in ((900, 500), (1000, 500), (1000, 600)):
        page.mouse.click(x, y)
    text = page.locator(".measure-box").inner_text()
    assert "公里" in text
    assert "亩" in text
    assert page.locator(".leaflet-popup").count() == 0
    seen.assert_quiet()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_phone_page_has_no_sideways_scroll(
    see: Callable[..., Seen], board: Board, lang: str
) -> None:
    seen = see(board, size=PHONE, lang=lang)
    page = seen.page
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= 390
    page.locator("#grip").click()
    page.locator(".item").nth(2).click()
    page.locator(".event-popup").wait_for()
    page.wait_for_timeout(400)
    box = page.locator(".leaflet-popup").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate(width) <= 390
    for selector in ("#bar", "#panel", "#counts", "#times"):
        found = page.locator(selector).bounding_box()
        assert found["x"] >= 0
        assert found["x"] + found["width"] <= 390.5
    seen.assert_quiet()


@pytest.mark.slow
def test_the_public_english_page(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board, edition="public", lang="en")
    page = seen.page
    assert page.locator("#edition").inner_text() == "Public"
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator(".item").first.click()
    popup = page.locator(".event-popup")
    popup.wait_for()
    assert "No valid permit within 2 km." in popup.inner_text()
    first = popup.locator(".teams li").first.inner_text()
    assert "about 32 min (22-48): turn-out 10, drive 18, walk 4" in first
    assert "road" not in first.replace("road_and_foot", "")  # the way itself is internal
    assert popup.locator(".teams a.go-link").count() == 0
    assert page.locator("a.phone").count() == 0
    seen.assert_quiet()


@pytest.mark.slow
def test_an_empty_board_says_so_and_does_not_promise_calm(
    see: Callable[..., Seen], empty_board: Board
) -> None:
    seen = see(empty_board)
    assert seen.page.locator("#list-open h2").inner_text() == "当前无待核查热点"
    assert "没有可用数据" in seen.page.locator(".calm").inner_text()
    seen.assert_quiet()


@pytest.mark.slow
def test_calm_is_calm_only_while_every_feed_looks(
    see: Callable[..., Seen], make_board: Callable[..., Board]
) -> None:
    board = make_board()
    quiet = {"events": board.events.iloc[:0], "verdicts": board.verdicts.iloc[:0]}
    partial = see(make_board(**quiet))
    assert "部分数据源延迟或中断" in partial.page.locator(".calm").inner_text()
    fine = see(make_board(**quiet, feeds=board.feeds.iloc[:1]))
    assert "无热点不等于无火情" in fine.page.locator(".calm").inner_text()
    fine.assert_quiet()


@pytest.mark.slow
def test_day_and_night(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board)
    night = seen.page.locator("#panel").evaluate("e => getComputedStyle(e).backgroundColor")
    seen.page.get_by_label("昼夜切换").click()
    day = seen.page.locator("#panel").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (night, day) == ("rgb(18, 27, 34)", "rgb(255, 255, 255)")
    seen.assert_quiet()
