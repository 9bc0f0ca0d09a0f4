"""Small files that ask for much memory or time, and how much a command takes of them."""

from __future__ import annotations

import io
import json
import os
import random
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

SHEET = "xl/worksheets/sheet1.xml"
TEAMS = "队伍名称,经度,纬度\n"


@dataclass(frozen=True)
class Eater:
    """One file and the command that reads it."""

    name: str
    """File name."""
    words: tuple[str, ...]
    """Command before the file."""
    make: Callable[[], bytes]
    """Its bytes, some kB as a rule."""


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    code: int
    seconds: float
    peak_mb: float
    """Largest resident memory of the process and its children together [MiB]."""
    message: str


def measure(words: list[str], *, limit_s: float, limit_mb: float = 20_000) -> Cost:
    """Run a command and look at its processes' memory every 20 ms; ended at the limits."""
    begin, peak = time.monotonic(), 0.0
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    code: int | None = None
    while code is None:
        peak = max(peak, sum(map(_resident_mb, _family(process.pid))))
        if time.monotonic() - begin > limit_s or peak > limit_mb:
            os.killpg(process.pid, 9)
        time.sleep(0.02)
        code = process.poll()
    seconds = time.monotonic() - begin
    text = process.communicate()[0]
    return Cost(code, seconds, peak, (text.strip().splitlines() or [""])[-1])


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        found += map(int, children)
    return found


def _resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 2**20
    except (OSError, IndexError):
        return 0.0


def jdzfire(home: Path, words: tuple[str, ...], file: Path) -> list[str]:
    """The command line of this tree's program."""
    return [sys.executable, "-m", "jdzfire", "--home", str(home), *words, str(file)]


def workbook(sheet: str, *, strings: str = "", styles: str = "") -> bytes:
    """A workbook of one sheet, written by hand."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = [
        ("/xl/workbook.xml", "sheet.main+xml"),
        ("/" + SHEET, "worksheet+xml"),
        ("/xl/sharedStrings.xml", "sharedStrings+xml"),
        ("/xl/styles.xml", "styles+xml"),
    ]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{kind}{end}"/>' for part, end in types
    )
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f"{overrides}</Types>"
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
            '<sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/>'
            f'<Relationship Id="r3" Type="{relations}/styles" Target="styles.xml"/>'
            "</Relationships>"
        ),
        SHEET: f'<worksheet xmlns="{main}">{sheet}</worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
    }
    return packed(parts)


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A zip of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


_HEAD = (
    "<row r='1'>" + _cell("A1", "队伍名称") + _cell("B1", "经度") + _cell("C1", "纬度") + "</row>"
)


def far_cell() -> bytes:
    """One cell at XFD100000."""
    far = '<row r="100000"><c r="XFD100000"><v>1</v></c></row>'
    return workbook(f"<sheetData>{_HEAD}{far}</sheetData>")


def far_row() -> bytes:
    """One cell in the last row."""
    return workbook(
        f'<sheetData>{_HEAD}<row r="1048576">{_cell("A1048576", "x")}</row></sheetData>'
    )


def merged_range() -> bytes:
    """One merged range over the whole sheet."""
    merged = '<mergeCells count="1"><mergeCell ref="A3:XFD1048576"/></mergeCells>'
    return workbook(f"<sheetData>{_HEAD}</sheetData>{merged}")


def merged_column() -> bytes:
    """Merged ranges of one column, over and over."""
    ranges = "".join(f'<mergeCell ref="A{k}:A1048576"/>' for k in range(3, 3000))
    return workbook(f"<sheetData>{_HEAD}</sheetData><mergeCells>{ranges}</mergeCells>")


def many_cells() -> bytes:
    """Twenty million cells in some hundred kB."""
    row = "<row>" + "<c><v>1</v></c>" * 100 + "</row>"
    return workbook(f"<sheetData>{_HEAD}{row * 200_000}</sheetData>")


def many_strings() -> bytes:
    """Ten million shared strings."""
    return workbook(f"<sheetData>{_HEAD}</sheetData>", strings="<si><t>x</t></si>" * 10_000_000)


def many_styles() -> bytes:
    """A million fonts."""
    fonts = "<fonts>" + "<font><b/><sz val='9'/></font>" * 1_000_000 + "</fonts>"
    return workbook(f"<sheetData>{_HEAD}</sheetData>", styles=fonts)


def bomb_sheet() -> bytes:
    """A third of a gigabyte of blanks in a sheet."""
    return workbook(f"<sheetData>{_HEAD}" + " " * 310_000_000 + "</sheetData>")


def kml_places(count: int) -> Callable[[], bytes]:
    """A KMZ of so many placemarks."""
    place = "<Placemark><Point><coordinates>117,29</coordinates></Point></Placemark>"
    head, tail = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>', "</Document></kml>"
    return lambda: packed({"doc.kml": head + place * count + tail})


def kml_elements() -> bytes:
    """A KMZ of a hundred million characters of empty elements."""
    return packed({"doc.kml": "<kml><Document>" + "<x/>" * 45_000_000 + "</Document></kml>"})


def kml_corners() -> bytes:
    """A KMZ with one line of ten million corners."""
    line = "<LineString><coordinates>" + "117,29 " * 10_000_000 + "</coordinates></LineString>"
    return packed({"doc.kml": f"<kml><Placemark>{line}</Placemark></kml>"})


def random_polygon() -> bytes:
    """A polygon of 3,000 random corners."""
    rng = random.Random(7)  # noqa: S311
    ring = [[117 + rng.random(), 29 + rng.random()] for _ in range(3000)]
    return _zone([ring + ring[:1]])


def star_polygons() -> bytes:
    """Two hundred shapes that cross themselves some hundred thousand times together."""
    rng = random.Random(7)  # noqa: S311
    features = []
    for number in range(200):
        ring = [[117 + rng.random(), 29 + rng.random()] for _ in range(140)]
        features.append(_feature(number, [ring + ring[:1]]))
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _feature(number: int, rings: list[list[list[float]]]) -> dict[str, object]:
    properties = {"zone_id": f"Z{number}", "name": "林", "county": "浮梁县"}
    shape = {"type": "Polygon", "coordinates": rings}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def _zone(rings: list[list[list[float]]]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": [_feature(1, rings)]}).encode()


def deep_json() -> bytes:
    """Brackets within brackets."""
    return b'{"type": "FeatureCollection", "features": ' + b"[" * 5_000_000


def many_lists() -> bytes:
    """GeoJSON with a member of twenty million empty lists."""
    return b'{"type": "FeatureCollection", "x": [' + b"[]," * 20_000_000 + b'0], "features": []}'


def firms_lists() -> bytes:
    """The same as FIRMS JSON in a zip."""
    rows = b'[{"latitude": 1, "longitude": 1, "acq_date": "2024-04-04"},' + b"[]," * 40_000_000
    return packed({"fire.json": rows + b"0]"})


def firms_zip() -> bytes:
    """A zip of half a gigabyte of rows."""
    head = b"latitude,longitude,acq_date,acq_time,satellite\n"
    return packed({"a.csv": head + b"1,1,2024-04-04,0503,N\n" * 22_000_000})


def short_lines() -> bytes:
    """A table of eight million lines of one character."""
    return b"latitude,longitude,acq_date,acq_time,satellite\n" + b"1\n" * 8_000_000


def many_commas() -> bytes:
    """A sheet with a line of twenty million cells."""
    return TEAMS.encode() + b"," * 20_000_000 + b"1\n"


def quoted() -> bytes:
    """A sheet whose quote never ends."""
    return TEAMS.encode() + b'"' + b"x\n" * 10_000_000


def tiff_bomb() -> bytes:
    """A GeoTIFF that says 14,000 x 14,000 doubles, deflated to nothing."""
    side = 14_000
    strip = zlib.compress(bytes(side * 8), 9)
    offset = 8 + 2 + 15 * 12 + 4
    scale, tie, geo = offset + side * 8, offset + side * 8 + 24, offset + side * 8 + 72
    data = geo + 32
    entries = [
        (256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 64), (259, 3, 1, 8), (262, 3, 1, 1),
        (273, 4, side, offset), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, side, offset + side * 4),
        (339, 3, 1, 3), (33550, 12, 3, scale), (33922, 12, 6, tie), (34735, 3, 16, geo),
    ]  # fmt: skip
    head = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(entries))
    head += b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    body = struct.pack("<I", data) * side + struct.pack("<I", len(strip)) * side
    keys = struct.pack("<16H", 1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326)
    place = struct.pack("<3d", 1e-4, 1e-4, 0) + struct.pack("<6d", 0, 0, 0, 117, 30, 0)
    return (head.ljust(offset, b"\0") + body + place + keys).ljust(data, b"\0") + strip


def netcdf_bomb() -> bytes:
    """NetCDF 4 that says a thousand days of a thousand by a thousand cells and holds none."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, size in (("time", 1000), ("lat", 1000), ("lon", 1000)):
            file[name] = np.arange(size, dtype=float)
            file[name].make_scale(name)
        file["time"].attrs["units"] = "days since 2024-01-01"
        for name in ("tasmax", "hursmin", "tas", "hurs", "sfcWind", "sfcWindmax", "pr"):
            data = file.create_dataset(
                name, shape=(1000, 1000, 1000), dtype="f4", chunks=(1, 1000, 1000), fillvalue=1.0
            )
            for axis, scale in enumerate(("time", "lat", "lon")):
                data.dims[axis].attach_scale(file[scale])
    return buffer.getvalue()


EATERS = (
    Eater("far_cell.xlsx", ("register", "teams"), far_cell),
    Eater("far_row.xlsx", ("register", "teams"), far_row),
    Eater("merged_range.xlsx", ("register", "teams"), merged_range),
    Eater("merged_column.xlsx", ("register", "teams"), merged_column),
    Eater("many_cells.xlsx", ("register", "teams"), many_cells),
    Eater("many_strings.xlsx", ("register", "teams"), many_strings),
    Eater("many_styles.xlsx", ("register", "teams"), many_styles),
    Eater("bomb_sheet.xlsx", ("register", "teams"), bomb_sheet),
    Eater("far_cell_hotspots.xlsx", ("ingest", "national-sheet"), far_cell),
    Eater("places_600k.kmz", ("register", "teams"), kml_places(600_000)),
    Eater("places_2m.kmz", ("register", "teams"), kml_places(2_000_000)),
    Eater("elements.kmz", ("register", "teams"), kml_elements),
    Eater("corners.kmz", ("register", "roads"), kml_corners),
    Eater("random_polygon.geojson", ("register", "zones"), random_polygon),
    Eater("star_polygons.geojson", ("register", "zones"), star_polygons),
    Eater("deep.geojson", ("register", "zones"), deep_json),
    Eater("many_lists.geojson", ("register", "zones"), many_lists),
    Eater("firms_lists.zip", ("ingest", "firms"), firms_lists),
    Eater("firms_rows.zip", ("ingest", "firms"), firms_zip),
    Eater("short_lines.csv", ("ingest", "firms"), short_lines),
    Eater("many_commas.csv", ("register", "teams"), many_commas),
    Eater("quoted.csv", ("register", "teams"), quoted),
    Eater("bomb.tif", ("register", "dem"), tiff_bomb),
    Eater("bomb.nc", ("register", "weather"), netcdf_bomb),
)
