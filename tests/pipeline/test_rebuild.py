"""Raw files are never lost on the way in, and the archive can be made again from them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from jdzfire.errors import InputError
from jdzfire.feeds.ground import GroundReport, ground_sheet
from jdzfire.pipeline import ingest as module
from jdzfire.pipeline import judge
from jdzfire.pipeline.ingest import archive_received, ingest_files
from jdzfire.pipeline.rebuild import rebuild_archive
from jdzfire.pipeline.receive import Arrival, receive
from jdzfire.pipeline.triage import run_triage
from jdzfire.queries.describe import describe_hotspot
from jdzfire.store.archive import compact_archive, load_hotspots, load_versions
from jdzfire.store.archive_digest import archive_digest
from jdzfire.workspace import Workspace, open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import utc

AT = utc("2024-04-04T08:00")


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        yield opened


def states(workspace: Workspace) -> list[str]:
    return sorted(workspace.ledger.load_inputs()["state"])


def test_killed_after_receiving_the_next_run_reads_it(workspace, tmp_path, monkeypatch):
    files = [
        csv(tmp_path, f"{k}.csv", pixel(117.2 + k / 50, 29.4, "2024-04-04", "0503"))
        for k in range(3)
    ]

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "append_hotspots", killed)
        with pytest.raises(KeyboardInterrupt):
            ingest_files(workspace, "auto", files, at=AT)
    assert states(workspace) == ["received"] * 3
    # nobody gives the files again: the raw bytes are enough, and the first receipt stands
    intake = ingest_files(workspace, "auto", [], at=AT.replace(hour=12))
    assert intake.rows == 3
    assert states(workspace) == ["archived"] * 3
    assert set(load_hotspots(workspace.home)["received_at"]) == {AT}


def test_killed_while_archiving_the_result_is_the_same(workspace, tmp_path, monkeypatch):
    nrt = csv(
        tmp_path, "nrt.csv", *(pixel(117 + k / 50, 29.4, "2024-04-04", "0503") for k in range(9))
    )
    new_or_updated = csv(tmp_path, "sp.csv", *(
        pixel(117.0003 + k / 50, 29.4, "2024-04-04", "0503", 9.0).replace("2.0NRT", "2")
        for k in range(9)))  # fmt: skip
    keep = workspace.ledger.record_input
    calls = itertools.count()

    def killed(*args: object, **more: object) -> None:
        if next(calls) == 2:  # both received, then the first note that it is archived
            raise KeyboardInterrupt
        keep(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(workspace.ledger, "record_input", killed)
        with pytest.raises(KeyboardInterrupt):
            ingest_files(workspace, "auto", [nrt, new_or_updated], at=AT)
    archive_received(workspace)
    with open_workspace(tmp_path / "other", writing=True) as other:
        ingest_files(other, "auto", [nrt, new_or_updated], at=AT)
        assert archive_digest(other.home) == archive_digest(workspace.home)
        assert len(load_versions(other.home)) == 9


@pytest.mark.slow
def test_the_archive_is_made_again_value_for_value(workspace, tmp_path):
    nrt = [pixel(117 + k / 50, 29.4, "2024-04-30", "2359") for k in range(5)]
    late = [pixel(117 + k / 50, 29.4, "2024-05-01", "0001") for k in range(5)]
    new_or_updated = [row.replace("2.0NRT", "2").replace("29.4,", "29.4004,") for row in nrt]
    house_files = [
        [csv(tmp_path, "a.csv", *nrt), csv(tmp_path, "b.csv", *late)],
        [csv(tmp_path, "c.csv", *new_or_updated, "95.0,117.0,broken")],
        [csv(tmp_path, "bad.csv")],
    ]
    (tmp_path / "bad.csv").write_text("<html>proxy</html>")
    for number, files in enumerate(house_files):
        ingest_files(workspace, "auto", files, at=AT.replace(day=5, hour=8 + number, month=5))
    report = GroundReport(AT, "瞭望塔", 117.3, 29.5, remark='有烟, "大"\n=1+1')
    receive(workspace, [Arrival("ground", "r.csv", ground_sheet([report]))], at=AT)
    archive_received(workspace)
    before = archive_digest(workspace.home)
    assert set(before) == {"hotspots/2024-04", "hotspots/2024-05", "versions/2024-04"}
    rebuilt = rebuild_archive(workspace)
    assert (rebuilt.inputs, rebuilt.is_equal, rebuilt.is_replaced) == (4, True, False)
    compact_archive(workspace.home)
    assert rebuild_archive(workspace).is_equal
    assert not (workspace.home.root / ".rebuild").exists()


def test_a_damaged_archive_is_found_and_replaced(workspace, tmp_path):
    rows = [pixel(117 + k / 50, 29.4, "2024-04-04", "0503") for k in range(5)]
    ingest_files(workspace, "auto", [csv(tmp_path, "a.csv", *rows)], at=AT)
    before = archive_digest(workspace.home)
    (part,) = (workspace.home.archive_dir / "hotspots" / "month=2024-04").glob("*.parquet")
    part.unlink()
    rebuilt = rebuild_archive(workspace, replace=True)
    assert rebuilt.differing == ("hotspots/2024-04",)
    assert rebuilt.is_replaced
    assert archive_digest(workspace.home) == before


def test_an_offices_mapping_is_kept_with_the_file(tmp_path):
    root: Path = tmp_path / "home"
    (root / "mappings").mkdir(parents=True)
    mapping = root / "mappings" / "county-list.toml"
    mapping.write_text(
        'title_zh = "县表"\ntitle_en = "County list"\nrecognise = ["县表编号"]\n'
        'satellite = "FY-4B"\n[columns]\ntime = ["时间"]\nlon = ["经度"]\nlat = ["纬度"]\n',
        encoding="utf-8",
    )
    table = tmp_path / "x.csv"
    table.write_text("县表编号,时间,经度,纬度\n1,2024-04-04 13:00,117.2,29.4\n", encoding="gb18030")
    with open_workspace(root, writing=True) as workspace:
        assert ingest_files(workspace, "auto", [table], at=AT).rows == 1
        assert load_hotspots(workspace.home)["feed"].tolist() == ["county-list"]
    mapping.write_text(mapping.read_text().replace("FY-4B", "FY-3D"))
    with open_workspace(root, writing=True) as workspace:
        assert rebuild_archive(workspace).is_equal  # with the mapping of then


def test_every_version_of_a_hotspot_can_be_looked_at(workspace, tmp_path):
    first = pixel(117.2, 29.4, "2024-04-04", "0503")
    second = pixel(117.2003, 29.4, "2024-04-04", "0503", 9.0).replace("2.0NRT", "2")
    for name, row in (("a.csv", first), ("b.csv", second)):
        ingest_files(workspace, "auto", [csv(tmp_path, name, row)], at=AT)
    (hotspot_id,) = load_hotspots(workspace.home)["hotspot_id"]
    versions = describe_hotspot(workspace, hotspot_id)
    assert versions["product"].tolist() == ["SP", "NRT"]
    assert versions["is_best"].tolist() == [True, False]
    assert "remark" not in versions
    assert describe_hotspot(workspace, "NOAA20-202404040503-0.0000N0.0000E").empty
    assert describe_hotspot(workspace, "nonsense").empty


def test_killed_before_inputs_are_noted_nothing_is_told_as_moved(workspace, tmp_path, monkeypatch):
    """Members of a killed run were taken for ones that a better version had moved."""
    rows = [pixel(117.1 + k / 50, 29.4, "2024-04-04", "0503") for k in range(3)]
    ingest_files(workspace, "auto", [csv(tmp_path, "a.csv", *rows)], at=AT)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(judge, "mark_done", killed)
        with pytest.raises(KeyboardInterrupt):
            run_triage(workspace, at=AT)
    assert workspace.ledger.load_events().empty  # all of it or nothing
    later = AT.replace(hour=11)
    run_triage(workspace, at=later)
    assert len(workspace.ledger.load_events()) > 0
    assert workspace.ledger.load_event_log().empty
    assert states(workspace) == ["done"]


def test_a_file_that_changes_while_it_is_read_is_refused(workspace, tmp_path, monkeypatch):
    from jdzfire.store import raw

    path = csv(tmp_path, "a.csv", pixel(117.2, 29.4, "2024-04-04", "0503"))
    real = raw._digest

    def changing(source: Path) -> str:
        digest = real(source)
        if source == path:
            path.write_text("other")
        return digest

    monkeypatch.setattr(raw, "_digest", changing)
    intake = ingest_files(workspace, "auto", [path], at=AT)
    assert intake.is_nothing_usable
    assert "changed while it was read" in intake.unusable[0]
    assert InputError.exit_code == 3
