"""Words on the map itself: layers and their groups, legend, tools, what the base is.

Each word as (Simplified Chinese, English).
"""

from __future__ import annotations

CHART: dict[str, tuple[str, str]] = {
    "group_event": ("火情", "Fires"),
    "group_explained": ("已说明", "Explained"),
    "group_register": ("登记", "Registers"),
    "group_base": ("底图", "Base map"),
    "layer_unresolved": ("待核查", "To be checked"),
    "layer_violation": ("疑似违规炼山", "Suspected violations"),
    "layer_hotspots": ("热点像元", "Hotspot pixels"),
    "layer_closed": ("已结案", "Closed cases"),
    "layer_permitted": ("报备炼山", "Registered burns"),
    "layer_heat_source": ("固定热源热点", "At heat sources"),
    "layer_outside_forest": ("林区外热点", "Outside forest"),
    "layer_permits": ("炼山报备", "Burn permits"),
    "layer_zones": ("林区", "Forest zones"),
    "layer_sources": ("固定热源", "Heat sources"),
    "layer_teams": ("扑火队伍", "Fire teams"),
    "layer_looks": ("观测间隔", "Time since last look"),
    "layer_relief": ("地形", "Relief"),
    "layer_borders": ("行政界线", "Borders"),
    "layer_roads": ("道路", "Roads"),
    "layer_places": ("地名", "Place names"),
    "layer_tiles": ("在线底图", "Online tiles"),
    "layers": ("图层", "Layers"),
    "legend": ("图例", "Legend"),
    "legend_footprint": ("像元覆盖范围", "area of the pixels"),
    "legend_hotspot": ("热点像元（越亮越新）", "hotspot pixels (brighter = newer)"),
    "legend_looks": ("距上次观测", "time since last look"),
    "zoom_in": ("放大", "Zoom in"),
    "zoom_out": ("缩小", "Zoom out"),
    "fullscreen": ("全屏", "Full screen"),
    "fullscreen_exit": ("退出全屏", "Leave full screen"),
    "home": ("回到全图", "Whole area"),
    "measure": ("量距离和面积", "Measure length and area"),
    "measure_hint": (
        "点击地图取点，双击或再点按钮结束",
        "Click points on the map; double click or press again to end",
    ),
    "measure_area": ("面积", "Area"),
    "measure_length": ("长度", "Length"),
    "mu": ("亩", "mu"),
    "ha": ("公顷", "ha"),
    "relief_note": (
        "离线底图：本地高程晕渲与登记的行政界线、道路、地名（边界仅供示意）",
        "Offline base: local relief, registered borders, roads, names (borders schematic)",
    ),
    "bare_note": (
        "没有登记行政界线和高程，仅显示经纬网",
        "No borders or elevation registered: only a grid is shown",
    ),
    "local_note": ("本地底图", "Base map from this computer"),
    "tile_note": (
        "在线底图，断网时显示本地底图",
        "Online base map; the local one shows when the network is down",
    ),
    "legend_more": ("附近另有", "more nearby"),
    "layer_local_tiles": ("本地底图", "Local base map"),
    "layer_tile_labels": ("在线注记", "Online labels"),
}
