"""Which register a file is: by the headers that tell one kind from the others.

A file taken for another register may silence a fire (a list of teams as heat sources), so a kind
is told only when its own headers are there and those of no other kind come near; else somebody is
asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jdzfire.errors import InputError
from jdzfire.feeds.registers.kinds import KINDS, RegisterKind
from jdzfire.feeds.registers.stations import is_station_table
from jdzfire.feeds.registers.vectors import attributes_of, is_vector, read_shapes
from jdzfire.feeds.sheets import match_columns, workbook_tables
from jdzfire.feeds.text import excerpt

NAMES: Mapping[str, tuple[str, ...]] = {
    "permits": ("permit", "审批", "炼山", "用火", "burn"),
    "teams": ("team", "队伍", "扑火队", "森防队"),
    "zones": ("zone", "小班", "林班", "林区"),
    "heat-sources": ("heat", "热源"),
    "roads": ("road", "道路"),
    "settlements": ("settlement", "居民点", "村庄"),
    "admin": ("admin", "行政区", "区划", "乡镇界"),
    "special-days": ("special", "节日", "禁火", "防火期"),
    "resources": ("resource", "信息员", "水源", "起降点", "资源"),
    "dem": ("dem", "高程", "srtm"),
    "landcover": ("landcover", "worldcover", "土地覆盖", "地表覆盖"),
}
"""Words in file names; they settle what headers leave open, and never contradict them."""

_HEADER_ROWS = 8
_LEAST_TELLING = 2
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_WEATHER = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF", b"GRIB")


class KindQuestion(InputError):
    """Which register a file is cannot be told."""


def recognise_register(raw: bytes, *, source_name: str) -> str:
    """The register kind of a file.

    Parameters
    ----------
    raw : bytes
    source_name : str

    Returns
    -------
    str
        One of ``REGISTER_KINDS``.

    Raises
    ------
    KindQuestion
        It may be several, or none.
    InputError
        The file cannot be read.
    """
    named = [kind for kind, words in NAMES.items() if any(w in source_name.lower() for w in words)]
    if raw.startswith(_WEATHER) or is_station_table(raw):
        return "weather"
    if raw.startswith(_TIFF):
        grids = [kind for kind in named if kind in ("dem", "landcover")]
        return _only(grids, source_name, "a GeoTIFF")
    scores = _scores(raw, source_name)
    best = max(scores.values(), default=0)
    leading = [kind for kind, score in scores.items() if score == best]
    if best >= _LEAST_TELLING and len(leading) == 1 and (not named or leading[0] in named):
        return leading[0]
    agreed = [kind for kind in named if scores.get(kind, 0) == best > 0]
    return _only(agreed, source_name, f"headers of {', '.join(leading) if best else 'none'}")


def _only(kinds: Sequence[str], source_name: str, found: str) -> str:
    if len(kinds) == 1:
        return kinds[0]
    raise KindQuestion(
        f"{excerpt(source_name)} may be one of several registers, or none",
        expected="headers of one register, or its folder",
        found=found,
        remedy="put it into the folder named after its register, for example permits",
    )


def _scores(raw: bytes, source_name: str) -> dict[str, int]:
    """How many headers each kind has that at most one other has too; 0 without what it requires."""
    if is_vector(raw):
        table, _ = read_shapes(raw, source_name=source_name, layer="")
        headers = [list(attributes_of(table).columns)]
        shapes = {str(name) for name in table.geometry.geom_type.dropna().unique()}
    else:
        tables = workbook_tables(raw, source_name=source_name, expected="a sheet of a register")
        headers = [row for rows in tables for row in rows[:_HEADER_ROWS]]
        shapes = set()
    found: dict[str, int] = {}
    for header in headers:
        matched = {name: match_columns(header, kind.columns) for name, kind in KINDS.items()}
        for name, kind in KINDS.items():
            own = set(matched[name].values())
            if not set(kind.required) <= own or not _fits(kind, shapes):
                continue
            telling = sum(
                1
                for position in matched[name]
                if sum(position in others for others in matched.values()) <= _LEAST_TELLING
            )
            found[name] = max(found.get(name, 0), telling)
    return found


def _fits(kind: RegisterKind, shapes: set[str]) -> bool:
    """Whether shapes may be of a kind; a sheet has none that can be seen."""
    if not shapes or kind.shape in ("any", "none"):
        return True
    wanted = {"point": "Point", "line": "LineString", "area": "Polygon"}[kind.shape]
    return any(wanted in shape for shape in shapes)
