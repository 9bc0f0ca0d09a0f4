"""Workbooks of Excel 97 to 2003, as LibreOffice writes them: the same rows are rejected."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from jdzfire.feeds.registers import read_register
from tests.feeds.registers.test_office_sheets import HEADER, lot

AT = datetime(2024, 5, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed"
)


@pytest.mark.slow
def test_hidden_struck_out_and_local_dates(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, *(lot(f"P{i}") for i in range(1, 5))):
        sheet.append(row)
    for cell in sheet[3]:
        cell.font = Font(strike=True)
    sheet.row_dimensions[4].hidden = True
    for cell in (sheet["F2"], sheet["G2"]):
        cell.value = datetime(2024, 3, 5)  # noqa: DTZ001  (Excel cells have no zone)
        cell.number_format = "[$-804]yyyy年m月d日"
    other = book.create_sheet("2023")
    other.sheet_state = "hidden"
    for row in (HEADER, lot("P9")):
        other.append(row)
    book.save(tmp_path / "p.xlsx")
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless",
         "--convert-to", "xls", "--outdir", str(tmp_path), str(tmp_path / "p.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    raw = (tmp_path / "p.xls").read_bytes()
    assert raw.startswith(b"\xd0\xcf\x11\xe0")
    reading = read_register("permits", raw, source_name="p.xls", received_at=AT)
    assert reading.table["permit_id"].tolist() == ["P1", "P4"]
    assert reading.table["valid_from"][0] == datetime(2024, 3, 4, 16, tzinfo=UTC)
    assert reading.table["valid_to"][0] == datetime(2024, 3, 5, 16, tzinfo=UTC)
    assert reading.rejected["reason"].tolist() == ["row_struck_out", "row_hidden"]
    assert any("'2023' not used" in note and "is hidden" in note for note in reading.notes)
