"""Workbook, CSV and documents opened by LibreOffice, where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from jdzfire.board.board import Board
from jdzfire.exports.events_csv import events_csv
from jdzfire.exports.events_xlsx import events_xlsx
from jdzfire.reports.daily import write_daily
from jdzfire.reports.event_report import write_event_report
from jdzfire.reports.handover import write_handover
from jdzfire.reports.render_docx import render_docx

pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed"
)

Convert = Callable[[dict[str, bytes], str], Path]


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """``convert(files, filter)``: the folder with what LibreOffice made of the files."""
    profile = tmp_path_factory.mktemp("profile").as_uri()

    def run(files: dict[str, bytes], to: str) -> Path:
        folder = tmp_path_factory.mktemp("made")
        given = folder / "given"
        given.mkdir()
        for name, content in files.items():
            (given / name).write_bytes(content)
        subprocess.run(
            [
                *("soffice", f"-env:UserInstallation={profile}", "--headless"),
                *("--convert-to", to, "--outdir", str(folder)),
                *(str(given / name) for name in files),
            ],
            check=True,
            timeout=120,
        )
        return folder

    return run


@pytest.mark.slow
def test_it_reads_the_workbook_with_its_dates(
    make_board: Callable[..., Board], convert: Convert
) -> None:
    made = convert({"events.xlsx": events_xlsx(make_board())}, "csv:Text - txt - csv (StarCalc)")
    (sheet,) = made.glob("*.csv")
    text = sheet.read_bytes()
    assert b"JDZ-20240316-001" in text
    assert b"2024-03-16 13:34" in text


@pytest.mark.slow
def test_it_runs_no_hostile_text(hostile_board: Board, convert: Convert) -> None:
    files = {"book.xlsx": events_xlsx(hostile_board), "table.csv": events_csv(hostile_board)}
    made = convert(files, "xlsx:Calc MS Excel 2007 XML")
    for name in ("book.xlsx", "table.xlsx"):
        book = load_workbook(made / name)
        cells = [cell for sheet in book for row in sheet for cell in row]
        assert any("cmd|' /C calc'!A0" in str(cell.value) for cell in cells)
        assert not {cell.data_type for cell in cells} & {"f", "e"}


@pytest.mark.slow
def test_papers_fill_the_sheets_they_should(
    make_board: Callable[..., Board], convert: Convert
) -> None:
    board = make_board()
    reports = {
        "handover": (write_handover(board), 2),
        "daily": (write_daily(board), 3),  # the last is the map
        "event": (write_event_report(board, "JDZ-20240316-001"), 2),
    }
    made = convert({f"{name}.docx": render_docx(p) for name, (p, _) in reports.items()}, "pdf")
    for name, (_, sheets) in reports.items():
        content = (made / f"{name}.pdf").read_bytes()
        assert len(re.findall(rb"/Type\s*/Page\b", content)) == sheets, name
        boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", content)
        # A4: 210 / 25.4 * 72 = 595.3 points, 297 / 25.4 * 72 = 841.9
        assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}
