"""Events: hotspots that are one fire, and which hotspot belongs to which event."""

from __future__ import annotations

from jdzfire.schemas.contract import TIME_DTYPE, at_least, column, contract, one_of

EVENT_STATES = ("active", "dormant", "ended", "merged")

EVENT_ACTIONS = ("merged", "split", "late", "moved", "apart")
"""What happens to events: one joined another; one fell into two; a hotspot came that is older
than the last one known; a better version of a hotspot came; duty staff stated that it is not the
same fire."""

EVENTS = contract(
    "events",
    {
        "event_id": column("str", "JDZ-YYYYMMDD-NNN, Beijing date first seen", unique=True),
        "first_seen_at": column(TIME_DTYPE, "first observation", unit="UTC"),
        "last_seen_at": column(TIME_DTYPE, "last observation", unit="UTC"),
        "hotspot_count": column("int64", "hotspots in it", checks=at_least(0)),
        "satellites": column("str", "satellites and reporters that saw it, sorted, by comma"),
        "instruments": column("str", "sensors that saw it, sorted, by comma"),
        "frp_max_mw": column("float64", "largest FRP of one hotspot", unit="MW", nullable=True),
        "frp_sum_mw": column(
            "float64", "largest sum of FRP in one pass of one satellite", unit="MW", nullable=True
        ),
        "footprint_ha": column("float64", "area of the footprint union", unit="ha"),
        "lon": column("float64", "mean of the hotspots' longitudes", unit="degree"),
        "lat": column("float64", "mean of the hotspots' latitudes", unit="degree"),
        "state": column("str", "active, dormant, ended, merged", checks=one_of(EVENT_STATES)),
        "merged_into": column("str", "event that took it over", nullable=True),
        "geometry": column("geometry", "union of the footprints"),
    },
    description="one row an event, merged ones included",
)

MEMBERS = contract(
    "members",
    {
        "hotspot_id": column("str", "hotspot", unique=True),
        "event_id": column("str", "the event it belongs to now"),
    },
    description="one row a hotspot that belongs to an event",
)

EVENT_LOG = contract(
    "event_log",
    {
        "seq": column("int64", "running number", unique=True),
        "event_id": column("str", "the event it happened to"),
        "at": column(TIME_DTYPE, "when it was found or stated", unit="UTC"),
        "action": column("str", ", ".join(EVENT_ACTIONS), checks=one_of(EVENT_ACTIONS)),
        "other_id": column("str", "the other event, if there is one", nullable=True),
        "hotspot_ids": column(
            "str",
            "JSON list of the hotspots concerned: of merged those that joined the two, of split "
            "those that left; of apart (split by duty staff) two lists, these and those",
        ),
        "who": column("str", "who stated it; jdzfire: found"),
        "remark": column("str", "why", nullable=True),
    },
    description="append-only: merges, splits, late data and what duty staff stated of events",
)

GROWTH = contract(
    "growth",
    {
        "event_id": column("str", "the event"),
        "satellite": column("str", "the satellite that passed"),
        "instrument": column("str", "its sensor"),
        "acquired_at": column(TIME_DTYPE, "first observation of the pass", unit="UTC"),
        "hotspot_count": column("int64", "its hotspots in the event", checks=at_least(1)),
        "frp_sum_mw": column("float64", "sum of their FRP", unit="MW", nullable=True),
        "area_ha": column("float64", "area of their bare pixels", unit="ha"),
        "total_ha": column("float64", "area of all bare pixels so far", unit="ha"),
        "new_ha": column("float64", "of it not seen alight before", unit="ha"),
        "front_m": column(
            "float64",
            "middle of the farthest pixel to the ground seen alight before; null at first",
            unit="m",
            nullable=True,
        ),
        "front_deg": column(
            "float64",
            "bearing of that pixel from the middle of that ground; null where nothing moved",
            unit="degree",
            nullable=True,
        ),
    },
    description="one row an event and pass of a polar orbiter: how it grew",
)
