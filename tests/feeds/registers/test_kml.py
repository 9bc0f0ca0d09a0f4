"""KML as map programmes write it, KMZ, OVKML; and what such a file must not do."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from jdzfire.errors import InputError
from jdzfire.feeds.registers import Declared, read_register

AT = datetime(2024, 5, 1, tzinfo=UTC)
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>队伍</name>
<Folder><name>浮梁</name>
 <Placemark><name>瑶里半专业队</name>
  <ExtendedData><Data name="人数"><value>30</value></Data>
   <SchemaData><SimpleData name="乡镇">瑶里镇</SimpleData></SchemaData></ExtendedData>
  <Point><coordinates>117.58,29.53,120</coordinates></Point></Placemark>
 <Folder><Placemark><name>鹅湖专业队</name>
  <description><![CDATA[<table><tr><td>人数</td><td>25</td></tr></table>]]></description>
  <MultiGeometry><Point><coordinates> 117.45 , 29.44 </coordinates></Point></MultiGeometry>
 </Placemark></Folder>
</Folder>
<Placemark><name>无形状</name></Placemark>
</Document></kml>"""
ZONE = """<kml><Placemark><name>林区</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
117.1,29.1 117.2,29.1 117.2,29.2 117.1,29.2 117.1,29.1</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>117.14,29.14 117.16,29.14 117.16,29.16 117.14,29.14
</coordinates></LinearRing></innerBoundaryIs></Polygon></Placemark></kml>"""


def zipped(text: str, name: str = "doc.kml") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("files/icon.png", b"x")
        archive.writestr(name, text)
    return buffer.getvalue()


def read(kind: str, raw: bytes, datum: str | None = "wgs84"):
    return read_register(
        kind, raw, source_name="x.kml", received_at=AT, declared=Declared(datum=datum)
    )


@pytest.mark.parametrize(
    "raw", [KML.encode(), zipped(KML), zipped(KML, "导出.ovkml"),
            KML.replace("kml xmlns", "ovkml xmlns").replace("</kml>", "</ovkml>").encode()]
)  # fmt: skip
def test_points_in_folders_with_their_attributes(raw: bytes) -> None:
    table = read("teams", raw).table.set_index("name")
    assert list(table.index) == ["瑶里半专业队", "鹅湖专业队"]
    assert table["headcount"].tolist() == [30, 25]
    assert table.loc["瑶里半专业队", "township"] == "瑶里镇"
    assert table.loc["鹅湖专业队", "geometry"].coords[0] == (117.45, 29.44)


def test_an_area_with_a_hole() -> None:
    (zone,) = read("zones", ZONE.encode()).table.geometry
    assert len(zone.interiors) == 1
    assert zone.area == pytest.approx(0.01 - 0.0002)


def test_a_pin_in_another_datum() -> None:
    moved = read("teams", KML.encode(), "gcj02").table
    assert abs(moved.geometry.x[0] - 117.58) > 0.003


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE kml [<!ENTITY a "aaaa">]><kml><Placemark/></kml>',
        "<kml><Placemark>",
        "<kml></kml>",
        "<kml><Placemark><Point><coordinates>x,y</coordinates></Point></Placemark></kml>",
        "<kml>" + "<Folder>" * 200 + "</Folder>" * 200 + "</kml>",
    ],
)
def test_hostile_or_damaged_files_are_refused(text: str) -> None:
    for raw in (text.encode(), zipped(text)):
        with pytest.raises(InputError) as caught:
            read("teams", raw)
        assert all([caught.value.expected, caught.value.found, caught.value.remedy])


def test_a_cut_archive() -> None:
    with pytest.raises(InputError):
        read("teams", zipped(KML)[:-30])
