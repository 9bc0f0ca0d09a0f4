"""What duty staff do with the page: filter, go back in time, switch language, walk by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from jdzfire.board.board import Board
from tests.maps.browser import BROWSER_MARKS, PHONE, WALL, Seen, signs_on

pytestmark = BROWSER_MARKS

SIZES = pytest.mark.parametrize("size", [WALL, PHONE], ids=["wall", "phone"])


def signs(page: Any) -> int:
    return len(signs_on(page))


def items(page: Any) -> list[str]:
    return list(page.locator("#list-open .item .place").all_inner_texts())


def raise_sheet(page: Any, size: tuple[int, int]) -> None:
    if size == PHONE:
        page.locator("#grip").click()
        page.wait_for_timeout(300)


@pytest.mark.slow
@SIZES
def test_a_county_is_filtered_in_list_and_map_and_kept_in_the_address(
    see: Callable[..., Seen], board: Board, size: tuple[int, int]
) -> None:
    seen = see(board, size=size)
    page = seen.page
    before = signs(page)
    raise_sheet(page, size)
    page.get_by_label("县区").select_option("乐平市")
    # 003 and 006 are open in Leping, 010 is explained there
    assert len(items(page)) == 2
    assert all("乐平市" in place for place in items(page))
    assert signs(page) == 3 < before
    assert page.locator(".filtered .told").inner_text() == "显示 3 / 12 起"
    assert page.locator("#counts .count b").first.inner_text() == "7"
    page.reload()
    page.wait_for_selector("html.is-ready", state="attached")
    assert len(items(page)) == 2
    raise_sheet(page, size)
    page.get_by_role("button", name="清除筛选").click()
    assert len(items(page)) == 7
    assert page.url.partition("#")[2] == ""
    seen.assert_quiet()


@pytest.mark.slow
def test_verdict_age_and_feed_filter_too(see: Callable[..., Seen], board: Board) -> None:
    page = see(board).page
    page.get_by_label("判定").select_option("permit_violation")
    assert len(items(page)) == 2
    page.get_by_label("时间", exact=True).select_option("6")
    assert len(items(page)) == 1  # 002 was seen 2.6 h before, 005 14.7 h before
    page.get_by_label("数据源").select_option("firms")
    assert len(items(page)) == 1
    page.get_by_label("县区").select_option("乐平市")
    assert page.locator("#list-open").inner_text() == "没有符合筛选条件的热点"


@pytest.mark.slow
@SIZES
def test_the_slider_takes_the_map_back_in_time(
    see: Callable[..., Seen], board: Board, size: tuple[int, int]
) -> None:
    seen = see(board, size=size)
    page = seen.page
    slider = page.get_by_label("时间轴")
    slider.fill("-20")
    # 20 h before: 007 (22 h) is there, 012 is closed; the others were first seen later
    assert page.locator(".timebar output").inner_text() == "截至 03-15 20:10"
    assert items(page) == ["117.7800, 29.7100"]
    assert signs(page) == 1
    assert "at=2024-03-15" in page.url
    page.get_by_role("button", name="回到最新").click()
    assert len(items(page)) == 7
    seen.assert_quiet()


@pytest.mark.slow
@SIZES
def test_the_language_is_switched_in_the_page(
    see: Callable[..., Seen], board: Board, size: tuple[int, int]
) -> None:
    seen = see(board, size=size)
    page = seen.page
    page.get_by_label("English").click()
    page.wait_for_selector("html[lang=en].is-ready", state="attached")
    assert page.title() == "Forest-fire hotspots, 景德镇市"
    assert page.locator(".tab").first.inner_text().startswith("To check")
    assert page.locator(".leaflet-control-layers label", has_text="Hotspot pixels").count() == 1
    raise_sheet(page, size)
    page.locator(".item").first.click()
    popup = page.locator(".event-popup")
    popup.wait_for()
    assert "No valid permit within 2 km." in popup.inner_text()
    page.get_by_label("中文").click()
    page.wait_for_selector("html[lang=zh-CN].is-ready", state="attached")
    seen.assert_quiet()


@pytest.mark.slow
@SIZES
def test_the_card_tells_the_way_and_each_pass(
    see: Callable[..., Seen], board: Board, size: tuple[int, int]
) -> None:
    seen = see(board, size=size)
    page = seen.page
    raise_sheet(page, size)
    page.locator(".item").first.click()
    popup = page.locator(".event-popup")
    popup.wait_for()
    first_id = popup.locator("header code").inner_text()
    links = popup.locator(".go a.go-link").evaluate_all("all => all.map((a) => a.href)")
    # 117.62, 29.56 is 117.62488, 29.55659 in GCJ-02 and 117.63132, 29.56286 in BD-09
    event = "position=117.62"
    assert links[0].startswith(f"https://uri.amap.com/marker?{event}")
    assert links[1].startswith("https://apis.map.qq.com/uri/v1/marker?marker=coord:29.55")
    assert links[2].startswith("https://api.map.baidu.com/marker?location=29.56")
    assert "coord_type=bd09ll" in links[2]
    assert links[3].startswith("geo:29.56000,117.62000?q=")
    assert popup.locator("code", has_text="°").inner_text() == "29°33′36.0″N 117°37′12.0″E"
    assert popup.locator(".passes tbody tr").count() == 6
    first = popup.locator(".teams li").first.inner_text()
    assert "约 32 分钟（22–48）：出动 10，行车 18，步行 4" in first
    assert "公路 9.2 公里 · 步行 420 米、爬升 85 米、最陡 24°" in first
    assert "风力灭火机6台" in first
    card = popup.inner_text()
    assert "建议先派" in card
    assert "高岭水库" in card
    assert "李信息" in card
    assert "现在出动 16:52 到" in first  # it is 16:20, Beijing time
    # 117.3, 29.4 in GCJ-02
    to_the_vehicle = popup.locator(".teams a.go-link").first.get_attribute("href")
    assert to_the_vehicle.startswith("https://uri.amap.com/navigation?to=117.305")
    popup.locator(".see-ways").click()
    popup.wait_for(state="detached")
    way = page.locator(".leaflet-container").get_attribute("data-ways")
    assert way == first_id
    raise_sheet(page, size)
    page.locator(".item").first.click()
    popup.wait_for()
    assert popup.locator(".see-ways").is_visible()
    assert popup.locator(".reason .outcome").all_inner_texts() == ["✗", "✗", "?"]
    seen.assert_quiet()


@pytest.mark.slow
def test_deadlines_count_down_and_turn_red(see: Callable[..., Seen], board: Board) -> None:
    page = see(board).page
    due = page.locator(".item").first.locator(".due")
    # the answer for 001 is due 08:34, and it is 08:20
    assert due.inner_text() == "反馈剩 0:14"
    assert "soon" in due.get_attribute("class")
    # in one step: minute by minute the page may renew itself on the way
    expect = pytest.importorskip("playwright.sync_api").expect
    page.clock.fast_forward(15 * 60_000)
    expect(due).to_have_text("反馈超时 0:01")
    assert "over" in due.get_attribute("class")
    # 001 and 002 have joined the three that were late before
    assert page.locator(".count.overdue b").inner_text() == "5"


@pytest.mark.slow
def test_a_page_left_open_says_loudly_that_it_is_old(
    see: Callable[..., Seen], board: Board
) -> None:
    page = see(board, at="2024-03-16T08:29:00Z").page
    # made 08:10, due every 10 min: two cycles are over after 08:30
    assert page.locator("#notice").is_hidden()
    page.clock.run_for(120_000)
    assert "页面已 21 分钟未更新" in page.locator("#notice").inner_text()
    assert page.title().startswith("⚠ 过期 ")


@pytest.mark.slow
def test_a_clock_that_is_behind_is_told_and_not_believed(
    see: Callable[..., Seen], board: Board
) -> None:
    fine = see(board, at="2024-03-16T08:01:00Z").page
    assert fine.locator("#notice").is_hidden()
    slow = see(board, at="2024-03-16T07:58:00Z").page
    assert "慢 12 分钟" in slow.locator("#notice").inner_text()
    assert slow.locator(".item").first.locator(".due").inner_text() == "反馈剩 0:24"


@pytest.mark.slow
def test_what_the_page_before_did_not_show_is_new(
    see: Callable[..., Seen], make_board: Callable[..., Board]
) -> None:
    board = make_board()
    fewer = board.events[~board.events["event_id"].str.endswith("003")]
    seen = see(make_board(events=fewer))
    assert seen.page.locator(".chip.fresh").count() == 0
    later = make_board(now=board.now + timedelta(minutes=10))
    for _ in range(2):  # a reload of the same page does not wear it off
        again = see(later, before=seen)
    assert again.page.locator(".item", has=again.page.locator(".chip.fresh")).count() == 1
    assert "双田镇" in again.page.locator(".item", has_text="新").first.inner_text()


@pytest.mark.slow
def test_the_list_is_walked_by_keyboard(see: Callable[..., Seen], board: Board) -> None:
    seen = see(board)
    page = seen.page
    for key in ("j", "j", "ArrowDown", "k"):
        page.keyboard.press(key)
    assert "经公桥镇" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    page.locator(".event-popup").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "dialog"
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert page.locator(".event-popup").count() == 0
    assert "经公桥镇" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("/")
    page.keyboard.type("k")
    assert page.locator("#search input").input_value() == "k"
    seen.assert_quiet()


@pytest.mark.slow
def test_the_first_colours_are_those_of_the_system(see: Callable[..., Seen], board: Board) -> None:
    for scheme, colour in (("dark", "rgb(18, 27, 34)"), ("light", "rgb(255, 255, 255)")):
        page = see(board, scheme=scheme).page
        assert page.locator("#panel").evaluate("e => getComputedStyle(e).backgroundColor") == colour


@pytest.mark.slow
def test_near_ones_join_far_out_and_part_close_by(see: Callable[..., Seen], board: Board) -> None:
    far = see(board, chosen="#view=6/29.4/117.4").page
    shown = signs_on(far)
    assert len(shown) + sum(shown.values()) == 11  # all but the closed one
    assert next(iter(shown)).endswith("001")
    assert max(shown.values()) > 0
    close = see(board, chosen="#view=13/29.56/117.62").page
    assert set(signs_on(close).values()) == {0}


@pytest.mark.slow
def test_a_newer_page_on_a_server_is_shown_when_nobody_reads(
    see: Callable[..., Seen], make_board: Callable[..., Board], page_of: Callable[..., str]
) -> None:
    seen = see(make_board(), served=True)
    page = seen.page
    page.locator(".item").first.click()
    page.locator(".event-popup").wait_for()
    seen.file.write_text(page_of(make_board(city="第二页")), "utf-8")
    page.clock.run_for(61_000)
    page.wait_for_timeout(200)
    assert page.title() == "景德镇市林火热点监测"  # a card is open
    page.keyboard.press("Escape")
    page.clock.run_for(61_000)
    page.locator("#title", has_text="第二页").wait_for()
    seen.assert_quiet()


@pytest.mark.slow
@pytest.mark.parametrize("served", [True, False])
def test_tiles_of_a_folder_beside_the_page_are_drawn(
    see: Callable[..., Seen], board: Board, served: bool
) -> None:
    seen = see(board, tile_url="tiles/{z}/{x}/{y}.png", served=served)
    seen.page.locator("img.leaflet-tile-loaded").first.wait_for()
    seen.assert_quiet()
