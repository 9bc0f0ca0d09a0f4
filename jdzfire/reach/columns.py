"""Columns of teams ranked for events, and of their ways."""

from __future__ import annotations

NEAREST_COLUMNS = {
    "event_id": "str",
    "rank": "int64",
    "team_id": "str",
    "distance_m": "float64",
    "bearing_deg": "float64",
    "method": "str",
    "minutes": "float64",
    "turn_out_min": "float64",
    "drive_min": "float64",
    "walk_min": "float64",
    "quick_min": "float64",
    "late_min": "float64",
    "leave_lon": "float64",
    "leave_lat": "float64",
    "walk_m": "float64",
    "busy_with": "str",
}
"""Columns and dtypes of teams ranked for events.

Minutes are from the alarm, the best value and its quick and late end; ``leave`` is where the crew
leaves the vehicle [degree]; ``walk_m`` is as the crow flies from there. All of them are null by a
straight line. ``busy_with`` is the other event a team was sent to, ``off_duty`` when its hours
are over, null when it is free.
"""

ROUTE_COLUMNS = {
    "event_id": "str",
    "team_id": "str",
    "part": "str",
    "length_m": "float64",
    "climb_m": "float64",
    "steepest_deg": "float64",
}
"""Columns of :func:`route_lines` beside ``geometry``; part is "road" or "foot", climb and steepest
step are of the walk, from heights of 100 m cells, null on the road."""

NEARBY_COLUMNS = {
    "event_id": "str",
    "kind": "str",
    "resource_id": "str",
    "name": "str",
    "phone": "str",
    "distance_m": "float64",
    "bearing_deg": "float64",
    "lon": "float64",
    "lat": "float64",
}
"""Columns of what lies near an event: water, landing points, information officers; bearing from
the event."""

OUTLOOK_COLUMNS = {
    "event_id": "str",
    "later_min": "float64",
    "after_min": "float64",
    "area_ha": "float64",
    "low_ha": "float64",
    "high_ha": "float64",
    "is_wind_known": "bool",
}
"""Columns of spread outlooks beside ``geometry``: minutes after the first team arrives, minutes of
burning then, ground the fire may have reached with its range, and whether the wind's direction was
known."""
