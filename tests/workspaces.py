"""A small workspace that holds one of each thing that is kept, and what it states."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from rasterio.io import MemoryFile

from jdzfire.cases import steps
from jdzfire.pipeline.ingest import archive_received, ingest_files
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.receive import Arrival, receive
from jdzfire.pipeline.register import register_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.archive_digest import archive_digest
from jdzfire.store.registers import load_register
from jdzfire.store.rejected import load_rejected
from jdzfire.workspace import Workspace, open_workspace
from tests.weather.grids import weather_days

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"
AT = datetime(2024, 4, 4, 9, tzinfo=UTC)

REGISTERS = {
    "admin": "admin.geojson",
    "settlements": "settlements.csv",
    "zones": "zones.geojson",
    "teams": "teams.csv",
    "heat-sources": "heat_sources.geojson",
    "permits": "permits.csv",
    "roads": "roads.geojson",
    "special-days": "special_days.csv",
    "resources": "resources.csv",
}

MAPPING = (
    'title_zh = "县表"\ntitle_en = "County list"\nrecognise = ["县表编号"]\n'
    'satellite = "FY-4B"\n[columns]\ntime = ["时间"]\nlon = ["经度"]\nlat = ["纬度"]\n'
)


def make_workspace(root: Path, files: Path) -> None:
    """Registers, grids, hotspots with better versions, rejected rows, cases and a published map."""
    (root / "mappings").mkdir(parents=True)
    (root / "mappings" / "county-list.toml").write_text(MAPPING, encoding="utf-8")
    (root / "jdzfire.toml").write_text('city = "景德镇市"\n', encoding="utf-8")
    files.mkdir(exist_ok=True)
    with open_workspace(root, writing=True) as workspace:
        for kind, name in REGISTERS.items():
            register_files(workspace, kind, [SAMPLES / name], at=AT)
        second = files / "teams_later.csv"
        text = (SAMPLES / "teams.csv").read_text(encoding="utf-8")
        second.write_text(text.replace("1", "2", 1), encoding="utf-8")
        register_files(workspace, "teams", [second], at=AT + timedelta(days=1))
        for kind, path in write_grids(files).items():
            register_files(workspace, kind, [path], at=AT)
        ingest_files(workspace, "auto", write_feeds(files), at=AT)
        run_triage(workspace, at=AT)
        ingest_files(workspace, "auto", write_later(files), at=AT + timedelta(hours=1))
        receive(workspace, [Arrival("firms", "unread.csv", b"Invalid MAP_KEY.")], at=AT)
        archive_received(workspace)
        run_triage(workspace, at=AT + timedelta(hours=1))
        case_id = workspace.ledger.load_cases()["case_id"].iloc[0]
        workspace.ledger.change_case(
            case_id, steps.answer("no_fire", who="test", at=AT + timedelta(hours=2))
        )
        publish_editions(workspace, at=AT + timedelta(hours=2))


def write_grids(folder: Path) -> dict[str, Path]:
    """Elevation, land cover and weather of a few cells."""
    found = {}
    for kind, value in (("dem", 200), ("landcover", 10)):
        found[kind] = folder / f"{kind}.tif"
        found[kind].write_bytes(_raster(value))
    found["weather"] = folder / "weather.nc"
    weather = weather_days("2024-03-25", 12)
    found["weather"].write_bytes(bytes(weather.to_netcdf(None, engine="scipy")))
    return found


def _raster(value: int) -> bytes:
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=20,
            height=20,
            count=1,
            dtype="int16",
            crs="EPSG:4326",
            transform=rasterio.Affine(0.1, 0.0, 116.5, 0.0, -0.1, 30.5),
        ) as out:
            out.write(np.full((1, 20, 20), value, dtype="int16"))
        return bytes(memory.read())


HEADER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,"
    "bright_ti5,frp,daynight\n"
)


def pixel(lon: float, version: str = "2.0NRT", frp: float = 6.0, day: str = "2024-04-04") -> str:
    """A VIIRS row at 29.4 N, 05:03 UTC."""
    return f"29.4,{lon},335.1,0.4,0.4,{day},0503,N20,nominal,{version},295.2,{frp},D\n"


def write_feeds(folder: Path) -> list[Path]:
    """Six pixels of two months, a row that is rejected, and an office's own table."""
    viirs, table = folder / "viirs.csv", folder / "county.csv"
    rows = [pixel(117.2 + k / 20) for k in range(4)]
    rows += [pixel(117.2 + k / 20, day="2024-03-30") for k in range(2)]
    viirs.write_text(HEADER + "".join(rows) + pixel(217.2))
    table.write_text("县表编号,时间,经度,纬度\n1,2024-04-04 13:00,117.3,29.2\n", encoding="utf-8")
    return [viirs, table, SAMPLES / "ground.csv"]


def write_later(folder: Path) -> list[Path]:
    """The standard product of three of the pixels: their first versions lose."""
    path = folder / "viirs_sp.csv"
    path.write_text(HEADER + "".join(pixel(117.2003 + k / 20, "2", 9.0) for k in range(3)))
    return [path]


def state_of(root: Path) -> dict[str, Any]:
    """Everything a workspace states, whatever files it lies in."""
    with open_workspace(root) as workspace:
        return workspace_tables(workspace)


def workspace_tables(workspace: Workspace) -> dict[str, Any]:
    """All tables of a workspace: the ledger's, the archive, registers, rejected rows."""
    ledger = workspace.ledger
    tables: dict[str, Any] = {
        "events": pd.DataFrame(ledger.load_events()),
        "members": ledger.load_members(),
        "verdicts": ledger.load_verdicts(),
        "verdict_history": ledger.load_verdict_history(),
        "event_log": ledger.load_event_log(),
        "cases": ledger.load_cases(),
        "case_log": ledger.load_case_log(),
        "inputs": ledger.load_inputs(),
        "fetches": ledger.load_fetches(),
        "feeds": ledger.load_feeds(),
        "rejected": load_rejected(workspace.home),
    }
    for kind in REGISTERS:
        tables[f"register {kind}"] = pd.DataFrame(load_register(workspace.home, kind))
    archive = pd.Series(archive_digest(workspace.home), dtype="str").sort_index()
    tables["archive"] = archive.rename_axis("month").reset_index(name="digest")
    # a hidden file is what a killed writer left: readers pass it over, the next writer removes it
    grids = sorted(workspace.home.registers_dir.glob("[!.]*.*"))
    tables["grids"] = pd.DataFrame(
        {
            "name": [path.name for path in grids],
            "sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in grids],
        }
    )
    return tables


def different_tables(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Names of tables that are not equal, value for value."""
    wrong = []
    for name, table in before.items():
        try:
            pd.testing.assert_frame_equal(table, after[name])
        except AssertionError:
            wrong.append(name)
    return wrong


def copy_workspace(source: Path, target: Path) -> Path:
    """A copy that may be damaged; hard links of the published runs become files."""
    return Path(shutil.copytree(source, target, symlinks=True))
