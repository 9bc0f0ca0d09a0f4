"""The samples of ``data/samples`` and what the contract tests need to know of each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
SHARED = ROOT.parent / "shared" / "data"
AT = datetime(2024, 4, 10, tzinfo=UTC)

FEED_SAMPLES = {
    "firms_viirs_nrt.csv": ("firms", 4),
    "firms_viirs_api.csv": ("firms", 2),
    "firms_viirs_archive.csv": ("firms", 2),
    "firms_modis_nrt.csv": ("firms", 2),
    "firms_modis_archive.csv": ("firms", 2),
    "firms_landsat_nrt.csv": ("firms", 3),
    "H09_20240404_0450_L2WLF010_FLDK.06001_06001.csv": ("himawari-wlf", 3),
    "ground.csv": ("ground", 3),
    "national_sheet.csv": ("national-sheet", 4),
    "straw_burning.csv": ("straw-burning", 2),
    "AFIMG_j01_d20240404_t0503125_e0504370.txt": ("viirs-afimg", 2),
}
"""File -> feed and rows."""

REGISTER_SAMPLES = {
    "admin.geojson": ("admin", 3),
    "zones.geojson": ("zones", 2),
    "heat_sources.geojson": ("heat-sources", 2),
    "roads.geojson": ("roads", 2),
    "permits.csv": ("permits", 3),
    "permits.xlsx": ("permits", 3),
    "permits.xls": ("permits", 3),
    "permits_polygon.geojson": ("permits", 1),
    "teams.csv": ("teams", 3),
    "settlements.csv": ("settlements", 2),
    "special_days.csv": ("special-days", 3),
    "resources.csv": ("resources", 3),
}
"""File -> register kind and rows."""


def sample(name: str) -> bytes:
    """Bytes of a sample."""
    return (SAMPLES / name).read_bytes()
