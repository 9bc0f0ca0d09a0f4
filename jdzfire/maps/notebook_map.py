"""A Folium map for a notebook: events on the counties, in one frame that needs no network."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
import pandas as pd

from jdzfire.maps.offline import render_offline
from jdzfire.schemas import VERDICT_ZH
from jdzfire.season.style import VERDICT_COLOURS


@dataclass(frozen=True)
class NotebookMap:
    """A page that a notebook shows in a frame."""

    page: str

    def _repr_html_(self) -> str:
        frame = html.escape(self.page, quote=True)
        return f'<iframe srcdoc="{frame}" style="width:100%;height:480px;border:0"></iframe>'


def map_events(
    events: gpd.GeoDataFrame, admin: gpd.GeoDataFrame, *, lang: str = "zh"
) -> NotebookMap:
    """Events by verdict on the county borders.

    Parameters
    ----------
    events : GeoDataFrame
        ``event_id``, ``verdict``, ``lon``, ``lat``, ``first_seen_at``; at most some thousands.
    admin : GeoDataFrame [ADMIN, EPSG:4326]
    lang : {"zh", "en"}

    Returns
    -------
    NotebookMap
        Names are outside text and are set as text.
    """
    shown = folium.Map(tiles=None, prefer_canvas=True, zoom_control=True)
    shown.options.update({"maxZoom": 18, "zoomSnap": 0.25})
    borders = folium.FeatureGroup(name="borders", control=False)
    counties = admin[admin["level"] == "county"]
    for line in counties.geometry.boundary.simplify(0.0005):
        folium.GeoJson(
            gpd.GeoSeries([line], crs=4326).__geo_interface__,
            style_function=lambda _: {"color": "#8d979e", "weight": 1},
        ).add_to(borders)
    borders.add_to(shown)
    for (verdict, zh), colour in zip(VERDICT_ZH.items(), VERDICT_COLOURS, strict=True):
        layer = folium.FeatureGroup(name=html.escape(zh if lang == "zh" else verdict))
        for row in events[events["verdict"] == verdict].to_dict("records"):
            folium.CircleMarker(
                (row["lat"], row["lon"]), radius=4, color=colour, fill=True, fill_opacity=0.8,
                weight=1, tooltip=_told(row),
            ).add_to(layer)  # fmt: skip
        layer.add_to(shown)
    folium.LayerControl(collapsed=False).add_to(shown)
    west, south, east, north = (
        float(v) for v in (counties if len(counties) else events).total_bounds
    )
    shown.fit_bounds([[south, west], [north, east]])
    return NotebookMap(render_offline(shown))


def _told(row: dict[Any, Any]) -> str:
    at = pd.Timestamp(row["first_seen_at"]).tz_convert("Asia/Shanghai")
    place = "" if pd.isna(row.get("place")) else str(row.get("place"))
    return html.escape(f"{row['event_id']} {at:%Y-%m-%d %H:%M} {place}".strip())
