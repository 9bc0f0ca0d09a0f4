"""A mark in every text field of a board: what the public must not see is in no published file."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from jdzfire.board import public_edition as module
from jdzfire.board.board import Board, PublicBoard, once_per_object
from jdzfire.board.labels import Lang
from jdzfire.board.public_edition import public_edition
from jdzfire.reach import nearest_teams
from jdzfire.schemas import Reason, decode_reasons, encode_reasons
from jdzfire.site.publishers import PUBLISHERS
from tests.board.planting import (
    KEYS,
    NUMBERED,
    OPEN,
    OURS,
    PRIVATE,
    Field,
    full_board,
    plant,
    quote_people,
    tables_of,
    text_fields,
)
from tests.site.published import publish_all, said_in

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def mark_of(table: str, column: str, row: int) -> str:
    return f"MARK.{table}.{column}.{row}."


_MARK = re.compile(r"MARK\.(\w+)\.(\w+)\.\d+\.")


@pytest.fixture(scope="module")
def marked(make_board: Callable[..., Board]) -> Board:
    """Marks in all private and open fields, those of people quoted in a sentence."""
    return quote_people(plant(full_board(make_board()), mark_of, in_fields=PRIVATE | OPEN))


def marks_in(files: dict[str, bytes], folder: Path) -> dict[Field, set[str]]:
    """Field -> the files in which its mark stands."""
    found: dict[Field, set[str]] = {}
    for name, text in said_in(files, folder):
        for table, column in _MARK.findall(text):
            found.setdefault((table, column), set()).add(name.split(" ")[0])
    return found


def test_every_text_field_is_told_and_every_table_has_rows(marked: Board) -> None:
    stated = [PRIVATE, OPEN, KEYS, OURS]
    assert text_fields(marked) == set().union(*stated)
    assert sum(map(len, stated)) == len(set().union(*stated))
    assert [name for name, table in tables_of(marked).items() if table.empty] == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_private_field_is_in_any_public_file(marked: Board, lang: Lang, tmp_path: Path) -> None:
    files = publish_all(marked, "public", lang)
    assert len(files) > 20
    found = marks_in(files, tmp_path)
    assert {field: names for field, names in found.items() if field in PRIVATE} == {}
    assert ("verdicts", "place") in found  # what anybody may read is there


@pytest.mark.slow
def test_the_duty_room_sees_what_it_needs(marked: Board, tmp_path: Path) -> None:
    found = marks_in(publish_all(marked, "internal"), tmp_path)
    page = {field for field, names in found.items() if "index.html" in names}
    assert page >= PRIVATE - {("special_days", "remark"), ("cases", "held_by")}
    assert found["cases", "held_by"] == {"exports/feedback.xlsx"}
    gpkg = {field for field, names in found.items() if "exports/events.gpkg" in names}
    assert gpkg >= {field for field in PRIVATE if field[0] in ("permits", "teams", "hotspots")}
    reports = {field for field, names in found.items() if any("papers/" in n for n in names)}
    assert reports >= {("permits", "applicant"), ("permits", "contact"), ("permits", "phone")}
    assert reports >= {("teams", "leader"), ("teams", "phone")}
    assert ("special_days", "remark") not in found  # the number of a document: nobody asks


def test_the_public_board_itself_holds_no_private_text(marked: Board) -> None:
    cut = public_edition(marked)
    for name, column in PRIVATE:
        assert tables_of(cut)[name][column].isna().all(), (name, column)
    assert cut.permits.geometry.is_empty.all()
    assert cut.permits.crs == marked.permits.crs
    assert len(cut.permits) == len(marked.permits) > 0
    assert not marked.permits.geometry.is_empty.any()


@pytest.mark.slow
def test_where_a_lot_lies_is_in_no_public_file(marked: Board, tmp_path: Path) -> None:
    corners = shapely.get_coordinates(marked.permits.geometry.to_numpy())
    files = publish_all(marked, "public")
    said = dict(said_in(files, tmp_path))
    shown = dict(said_in(publish_all(marked, "internal"), tmp_path))
    as_number = {f"{v:.4f}"[:-1] for v in corners.ravel()}  # 117.174: a place within some 100 m
    assert any(number in text for number in as_number for text in shown.values())
    for name, text in said.items():
        assert [number for number in as_number if number in text] == [], name
    packed = [struct.pack("<d", v) for v in corners.ravel()]
    for name, content in files.items():
        assert not any(one in content for one in packed), name


@pytest.mark.slow
def test_no_number_of_an_office_is_in_any_public_file(
    make_board: Callable[..., Board], tmp_path: Path
) -> None:
    board = plant(full_board(make_board()), mark_of, in_fields=NUMBERED)
    shown = marks_in(publish_all(board, "internal"), tmp_path)
    assert {table for table, _ in shown} >= {"permits", "teams", "zones"}
    assert marks_in(publish_all(board, "public"), tmp_path) == {}
    cut = public_edition(board)
    # the same number in every table: a verdict still names its permit, a team its events
    own = dict(zip(board.permits["permit_id"], cut.permits["permit_id"], strict=True))
    own |= dict(zip(board.heat_sources["source_id"], cut.heat_sources["source_id"], strict=True))
    explained = board.verdicts["explained_by"].notna()
    before, after = (b.verdicts.loc[explained, "explained_by"].tolist() for b in (board, cut))
    assert [own.get(one) for one in before] == [None if pd.isna(one) else one for one in after]
    teams = dict(zip(board.teams["team_id"], cut.teams["team_id"], strict=True))
    is_report = board.hotspots["instrument"] == "PERSON"
    by_person = board.members["hotspot_id"].isin(board.hotspots.loc[is_report, "hotspot_id"])
    known = ~board.nearest["event_id"].isin(board.members.loc[by_person, "event_id"])
    mine = [teams[one] for one in board.nearest.loc[known, "team_id"]]
    assert mine == cut.nearest.loc[known, "team_id"].tolist()
    assert len(mine) > 10


LON, LAT = 117.71317, 29.66837
"""Where a caller stands, away from everything else on the board."""
EVENT_LON, EVENT_LAT = 117.71289, 29.66854


def reported_board(board: Board, *, alone: bool) -> Board:
    """The board with a report at a place of its own; seen by it ``alone``, or by VIIRS too."""
    is_report = board.hotspots["instrument"] == "PERSON"
    (report,) = board.hotspots.loc[is_report, "hotspot_id"]
    event_id = board.members.set_index("hotspot_id")["event_id"][report]
    own_id = f"CALL-202403160503-{LAT:.4f}N{LON:.4f}E"
    places = board.hotspots.geometry.where(~is_report, shapely.Point(LON, LAT))
    hotspots = board.hotspots.assign(
        hotspot_id=board.hotspots["hotspot_id"].replace(report, own_id)
    ).set_geometry(places)
    members = board.members.assign(hotspot_id=board.members["hotspot_id"].replace(report, own_id))
    if alone:
        others = members.loc[
            (members["event_id"] == event_id) & (members["hotspot_id"] != own_id), "hotspot_id"
        ]
        hotspots = hotspots[~hotspots["hotspot_id"].isin(others)].reset_index(drop=True)
        members = members[~members["hotspot_id"].isin(others)].reset_index(drop=True)
    mine = board.events["event_id"] == event_id
    spot = shapely.Point(EVENT_LON, EVENT_LAT).buffer(0.0031)
    events = board.events.assign(
        lon=board.events["lon"].mask(mine, EVENT_LON), lat=board.events["lat"].mask(mine, EVENT_LAT)
    ).set_geometry(board.events.geometry.where(~mine, spot))
    return replace(board, hotspots=hotspots, members=members, events=events)


@pytest.mark.slow
@pytest.mark.parametrize("alone", [True, False])
def test_where_a_caller_stood_is_in_no_public_file(
    make_board: Callable[..., Board], tmp_path: Path, alone: bool
) -> None:
    board = reported_board(full_board(make_board()), alone=alone)
    exact = [LON, LAT, EVENT_LON, EVENT_LAT]
    # to some 100 m, as texts and as the whole numbers the page packs
    numbers = {f"{v:.4f}"[:-1] for v in exact} | {str(int(v * 1000)) for v in exact}
    files = publish_all(board, "public")
    shown = dict(said_in(publish_all(board, "internal"), tmp_path))
    assert all(any(number in text for text in shown.values()) for number in numbers)
    for name, text in said_in(files, tmp_path):
        plain = re.sub(r"[0-9a-f]{32,}", "", text)  # a sha256 may hold any digits
        assert [number for number in numbers if number in plain] == [], name
    for name, content in files.items():
        for value in exact:
            assert struct.pack("<d", value) not in content, name
            assert struct.pack("<f", value) not in content, name


@pytest.mark.parametrize("alone", [True, False])
def test_a_report_lies_at_its_township_or_its_kilometre(
    make_board: Callable[..., Board], alone: bool
) -> None:
    board = reported_board(full_board(make_board()), alone=alone)
    towns = board.admin[board.admin["level"] == "township"]
    cut = public_edition(board)
    at = cut.hotspots.geometry[cut.hotspots["instrument"] == "PERSON"].iloc[0]
    holding = towns[towns.intersects(shapely.Point(LON, LAT))]
    if len(holding):
        assert at.equals(holding.geometry.iloc[0].representative_point())
    else:  # floor(11771.317) and floor(2966.837) and a half, in hundredths of a degree
        assert (round(at.x, 6), round(at.y, 6)) == (117.715, 29.665)
    assert cut.hotspots["hotspot_id"].str.contains("R1").sum() >= 1
    changed = cut.events.geometry.geom_equals(board.events.geometry)
    assert (~changed).sum() == 1
    # nothing else moved, and what is measured from the place is measured from the coarse one
    event = cut.events[~changed.to_numpy()].iloc[0]
    judged = cut.verdicts[cut.verdicts["event_id"] == event["event_id"]].iloc[0]
    if alone:
        to = "乡镇" if len(holding) else "1公里"
        assert judged["place"] == f"{judged['township']}（公开版只标到{to}）"
    else:
        assert pd.isna(judged["place"])
    nearest = cut.nearest[cut.nearest["event_id"] == event["event_id"]]
    assert not set(nearest["distance_m"]) & set(board.nearest["distance_m"])


def whereabouts(board: Board, east_deg: float, north_deg: float, number: int) -> Board:
    """The board with the caller, the event's middle and all that was measured there moved."""
    is_report = (board.hotspots["instrument"] == "PERSON").to_numpy()
    (report,) = board.hotspots.loc[is_report, "hotspot_id"]
    event_id = board.members.set_index("hotspot_id")["event_id"][report]
    own_id = f"CALL-202403160503-{LAT + north_deg:.4f}N{LON + east_deg:.4f}E"
    place = shapely.Point(LON + east_deg, LAT + north_deg)
    hotspots = board.hotspots.assign(
        hotspot_id=board.hotspots["hotspot_id"].replace(report, own_id),
        location_error_m=board.hotspots["location_error_m"].mask(is_report, 300.0 + number),
        raw_sha256=board.hotspots["raw_sha256"].mask(is_report, f"{number:064d}"),
        raw_line=board.hotspots["raw_line"].mask(is_report, number),
        remark=board.hotspots["remark"].mask(is_report, f"第{number}户"),
    ).set_geometry(board.hotspots.geometry.where(~is_report, place))
    mine = board.events["event_id"] == event_id
    events = board.events.assign(
        lon=board.events["lon"].mask(mine, place.x + 0.0003),
        lat=board.events["lat"].mask(mine, place.y - 0.0002),
        footprint_ha=board.events["footprint_ha"].mask(mine, 31.0 + number / 100),
    ).set_geometry(board.events.geometry.where(~mine, place.buffer(0.0031 + number / 10_000)))
    others = board.nearest[board.nearest["event_id"] != event_id]
    nearest = pd.concat(
        [others, nearest_teams(events[mine], board.teams).astype(board.nearest.dtypes.to_dict())],
        ignore_index=True,
    )
    reasons = encode_reasons(
        [
            Reason(
                "forest.share",
                "failed",
                f"像元内森林防火区占比{30 + number}%，低于80%",
                f"{30 + number}% of a footprint is forest fire zone, below 80%",
                {"forest_share": 0.3 + number / 100},
                {"forest_share": 0.8},
            ),
            Reason(
                "heat_source.usual_place",
                "failed",
                f"靠近固定热源“{board.heat_sources['name'].iloc[number]}”，偏离{700 + number}米",
                f"near '{board.heat_sources['name'].iloc[number]}', {700 + number} m from it",
                {"moved_m": 700.0 + number},
            ),
        ]
    )
    judged = board.verdicts["event_id"] == event_id
    verdicts = board.verdicts.assign(
        place=board.verdicts["place"].mask(judged, f"某村东北{number}公里"),
        zone_id=board.verdicts["zone_id"].mask(judged, board.zones["zone_id"].iloc[number]),
        forest_share=board.verdicts["forest_share"].mask(judged, 0.3 + number / 100),
        score=board.verdicts["score"].mask(judged, 0.4 + number / 100),
        explained_by=board.verdicts["explained_by"].mask(
            judged, board.heat_sources["source_id"].iloc[number]
        ),
        reasons=board.verdicts["reasons"].mask(judged, reasons),
    )
    members = board.members.assign(hotspot_id=board.members["hotspot_id"].replace(report, own_id))
    return replace(
        board,
        hotspots=hotspots,
        members=members,
        events=events,
        nearest=nearest,
        verdicts=verdicts,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("alone", "has_township"), [(True, True), (True, False), (False, True)])
def test_no_byte_of_a_public_file_depends_on_where_the_caller_stood(
    make_board: Callable[..., Board], *, alone: bool, has_township: bool
) -> None:
    """Whatever the packing: two callers of one township, or cell, give the same edition."""
    board = reported_board(full_board(make_board()), alone=alone)
    admin = board.admin[~board.admin.intersects(shapely.box(117.7, 29.65, 117.73, 29.68))]
    if has_township:
        town = admin[admin["level"] == "township"].iloc[[0]]
        town = town.assign(admin_id="360222999", name="远山镇").set_geometry(
            gpd.GeoSeries([shapely.box(117.70, 29.65, 117.80, 29.73)], town.index, crs=4326)
        )
        admin = pd.concat([admin, town], ignore_index=True)
    kiln = board.heat_sources.iloc[[0]].assign(source_id="HS-9", name="远山砖厂")
    sources = pd.concat([board.heat_sources, kiln], ignore_index=True)
    board = replace(board, admin=admin, heat_sources=sources)
    # both in the cell of 117.71 to 117.72 and 29.66 to 29.67, some 300 m apart
    here, there = whereabouts(board, 0.0, 0.0, 0), whereabouts(board, 0.0021, -0.0023, 1)
    sheet = PUBLISHERS["sheets"]
    assert sheet(here, edition="internal", lang="zh") != sheet(there, edition="internal", lang="zh")
    one, other = publish_all(here, "public"), publish_all(there, "public")
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_an_event_is_reported_when_its_instruments_say_so(
    make_board: Callable[..., Board],
) -> None:
    """Its report may have left the board, the place has not."""
    board = make_board()
    asked = board.events["event_id"].iloc[0]
    instruments = board.events["instruments"].mask(
        board.events["event_id"] == asked, "PERSON,VIIRS"
    )
    hotspots = board.hotspots[board.hotspots["instrument"] != "PERSON"].reset_index(drop=True)
    kept = set(hotspots["hotspot_id"])
    members = board.members[board.members["hotspot_id"].isin(kept)].reset_index(drop=True)
    board = replace(
        board,
        hotspots=hotspots,
        members=members,
        events=board.events.assign(instruments=instruments),
    )
    cut = public_edition(board).verdicts.set_index("event_id")["place"]
    assert pd.isna(cut[asked])


def test_the_same_number_in_two_registers_becomes_two_numbers(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    permits = board.permits.assign(permit_id=[str(n) for n in range(1, len(board.permits) + 1)])
    teams = board.teams.assign(team_id=[str(n) for n in range(1, len(board.teams) + 1)])
    cut = public_edition(replace(board, permits=permits, teams=teams))
    assert cut.permits["permit_id"].tolist() == [f"P{n}" for n in range(1, len(permits) + 1)]
    assert set(cut.teams["team_id"]) == {f"T{n}" for n in range(1, len(teams) + 1)}


def test_a_short_number_of_an_office_spoils_no_sentence(make_board: Callable[..., Board]) -> None:
    board = make_board()
    reason = Reason(
        "permit.place",
        "failed",
        "最近的报备炼山23距像元123米（误差500米），得分0.23，未达0.70：位置超出误差，共23个",
        "permit 23 came closest, 123 m from the pixel (error 500 m), score 0.23 of 0.70",
        {"distance_m": 123.0, "score": 0.23, "score_place": 0.4, "permit_id": "23"},
        {"distance_m": 500.0, "score": 0.7},
    )
    board = replace(
        board,
        permits=board.permits.assign(permit_id=["23", "24", "25"]),
        verdicts=board.verdicts.assign(reasons=encode_reasons([reason])),
    )
    (cut,) = decode_reasons(public_edition(board).verdicts["reasons"].iloc[0])
    assert cut.text_zh == (
        "最近的报备炼山P1距像元（略）（误差500米），得分（略），未达0.70：位置超出误差，共23个"
    )
    assert cut.text_en == (
        "permit P1 came closest, （略） from the pixel (error 500 m), score （略） of 0.70"
    )
    # neither distance nor score: three of either give the place of the lot
    assert cut.measured == {"permit_id": "P1"}


def test_a_table_or_value_nobody_named_is_private(
    make_board: Callable[..., Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field that a board gains is blank in the public edition until the lists name it."""
    unnamed = {name: v for name, v in module.PUBLIC_COLUMNS.items() if name != "settlements"}
    monkeypatch.setattr(module, "PUBLIC_COLUMNS", unnamed)
    monkeypatch.setattr(module, "PUBLIC_VALUES", module.PUBLIC_VALUES - {"danger"})
    board = make_board()
    cut = public_edition(board)
    assert board.settlements["name"].notna().all()
    assert cut.settlements["name"].isna().all()
    assert board.danger is not None
    assert cut.danger is None


def test_a_second_shape_nobody_named_is_private(make_board: Callable[..., Board]) -> None:
    board = make_board()
    homes = board.teams.geometry.translate(0.01, 0.01)
    board = replace(board, teams=board.teams.assign(home=homes))
    cut = public_edition(board).teams
    assert cut["home"].isna().all()
    assert cut.geometry.equals(board.teams.geometry)


def test_a_column_nobody_named_is_private(make_board: Callable[..., Board]) -> None:
    board = make_board()
    board = replace(board, teams=board.teams.assign(home_address="银坑村 3 号", salary=1.5, rank=2))
    cut = public_edition(board).teams
    for name in ("home_address", "salary", "rank"):
        assert cut[name].isna().all()


def test_nothing_made_of_a_board_is_shown_in_its_public_edition(
    make_board: Callable[..., Board],
) -> None:
    made: list[object] = []

    @once_per_object
    def name_teams(board: Board) -> list[object]:
        made.append(board)
        return board.teams["phone"].dropna().tolist()

    board = make_board()
    cut = public_edition(board)
    assert isinstance(cut, PublicBoard)
    assert public_edition(cut) is cut
    assert name_teams(board) == name_teams(board) != []
    assert name_teams(cut) == name_teams(cut) == []
    assert made == [board, cut]
    assert not isinstance(board, PublicBoard)
