"""Hotspots: one satellite pixel or one ground report of heat, as it reached jdzfire."""

from __future__ import annotations

from jdzfire.schemas.contract import (
    TIME_DTYPE,
    at_least,
    column,
    contract,
    more_than,
    one_of,
    within,
)

ORBITERS = ("VIIRS", "MODIS", "MERSI", "OLI")
"""Sensors on polar orbits, whose pixels are small enough to be explained by a register. MERSI is
FY-3's, OLI Landsat's."""

COARSE_INSTRUMENTS = ("AHI", "AGRI", "OTHER")
"""Sensors that raise an alarm and never clear one: geostationary (AHI Himawari, AGRI FY-4), and
sensors a sheet does not state. Their footprints must touch to be one fire."""

INSTRUMENTS = (*ORBITERS, *COARSE_INSTRUMENTS, "PERSON")
"""Sensors jdzfire knows; PERSON is a ground report (call, tower, camera, officer)."""

PRODUCT_RANK = {"URT": 0, "RT": 1, "NRT": 2, "SP": 3, "REPORT": 3}
"""Best product last: SP > NRT > RT > URT (FIELD: the same pixel arrives as each in turn)."""

CONFIDENCE_CLASSES = ("low", "nominal", "high")

REPORTERS_ZH = {
    "call-12119": "12119电话",
    "watchtower": "瞭望塔",
    "camera": "视频监控",
    "drone": "无人机",
    "officer": "信息员",
    "patrol": "护林员",
    "reporter": "其他报告",
}
"""Reporters as the ``satellite`` column names them, with what duty staff read."""

HOTSPOTS = contract(
    "hotspots",
    {
        "hotspot_id": column("str", "stable id, see ADR 2", unique=True),
        "feed": column("str", "name of the feed in FEEDS"),
        "satellite": column(
            "str", "S-NPP, NOAA-20, NOAA-21, Terra, Aqua, Himawari-9, ..., or reporter"
        ),
        "instrument": column("str", ", ".join(INSTRUMENTS), checks=one_of(INSTRUMENTS)),
        "product": column("str", "URT, RT, NRT, SP, or REPORT", checks=one_of(list(PRODUCT_RANK))),
        "version": column("str", "product version as the feed writes it", nullable=True),
        "acquired_at": column(TIME_DTYPE, "time of observation", unit="UTC"),
        "received_at": column(TIME_DTYPE, "when it was first received", unit="UTC"),
        "scan_km": column(
            "float64", "pixel size along scan", unit="km", nullable=True, checks=more_than(0)
        ),
        "track_km": column(
            "float64", "pixel size along track", unit="km", nullable=True, checks=more_than(0)
        ),
        "location_error_m": column(
            "float64",
            "position error given by the source; null: the sensor's own is used",
            unit="m",
            nullable=True,
            checks=at_least(0),
        ),
        "frp_mw": column("float64", "fire radiative power", unit="MW", nullable=True),
        "bright_mir_k": column(
            "float64", "brightness temperature near 4 um", unit="K", nullable=True
        ),
        "bright_tir_k": column(
            "float64", "brightness temperature near 11 um", unit="K", nullable=True
        ),
        "confidence": column(
            "str",
            "class: low, nominal, high (never from percent)",
            nullable=True,
            checks=one_of(CONFIDENCE_CLASSES),
        ),
        "confidence_pct": column(
            "float64",
            "confidence of MODIS",
            unit="%",
            nullable=True,
            checks=within(0, 100),
        ),
        "is_day": column("boolean", "day by the feed's flag", nullable=True),
        "source_type": column(
            "Int64", "FIRMS type: 0 vegetation, 1 volcano, 2 static, 3 offshore", nullable=True
        ),
        "detection_level": column(
            "Int64", "level of the detection as the feed writes it (Himawari: 1-3)", nullable=True
        ),
        "quality_flag": column("Int64", "quality flag as the feed writes it", nullable=True),
        "remark": column("str", "free text of a ground report; hostile", nullable=True),
        "raw_sha256": column("str", "sha256 of the raw file it was read from"),
        "raw_line": column("Int64", "line in that file, header is 1", nullable=True),
        "geometry": column("geometry", "centre of the pixel, or the place reported"),
    },
    description="one row a hotspot; a satellite pixel in its best product, or a ground report",
)

HOTSPOT_VERSIONS = contract(
    "hotspot_versions",
    {
        **{
            name: spec
            for name, spec in HOTSPOTS.columns.items()
            if name not in ("hotspot_id", "geometry")
        },
        "hotspot_id": column("str", "the hotspot it is a version of"),
        "geometry": column("geometry", "centre of the pixel in this version"),
    },
    description="rows that lost against a better version of their hotspot, kept as they came",
)

REJECTED = contract(
    "rejected",
    {
        "raw_sha256": column("str", "sha256 of the raw file"),
        "source_name": column("str", "file name as given"),
        "kind": column("str", "feed name, or register kind"),
        "line": column("Int64", "line or sheet row, header is 1", nullable=True),
        "reason": column("str", "short code, for counting"),
        "detail": column("str", "what was expected and found"),
        "row": column("str", "the row as read, JSON text"),
        "rejected_at": column(TIME_DTYPE, "when it was read", unit="UTC"),
    },
    description="rows that could not be used, kept with their reason (ADR 3)",
)
