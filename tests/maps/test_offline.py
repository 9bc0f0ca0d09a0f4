"""Pages without the network: what is inlined and what is refused."""

from __future__ import annotations

import folium
import pytest
from folium.plugins import HeatMap

from jdzfire.errors import JdzfireError, SettingsError
from jdzfire.maps.offline import (
    KNOWN_ASSETS,
    check_tile_url,
    inline_assets,
    render_offline,
    tile_origin,
)


def plain_map() -> folium.Map:
    return folium.Map([29.3, 117.2], tiles=None)


def test_a_plain_folium_map_with_a_popup_is_inlined() -> None:
    m = plain_map()
    folium.Marker([29.3, 117.2], popup="hello").add_to(m)
    page = render_offline(m)
    assert "<script src" not in page
    assert "<link rel" not in page
    assert "cdn." not in page
    assert "L.Icon.Default.mergeOptions" in page
    assert "data:image/png;base64," in page


def test_an_unknown_library_is_refused_by_name() -> None:
    m = plain_map()
    HeatMap([[29.3, 117.2]]).add_to(m)
    with pytest.raises(JdzfireError, match="leaflet_heat"):
        render_offline(m)


def test_default_tiles_are_refused_unless_allowed() -> None:
    m = folium.Map([29.3, 117.2], tiles="https://tiles.example.cn/{z}/{x}/{y}.png", attr=" ")
    with pytest.raises(JdzfireError, match=r"tiles\.example\.cn"):
        render_offline(m)
    assert "tiles.example.cn" in render_offline(m, allow=("https://tiles.example.cn",))


def test_an_allowed_host_does_not_allow_its_namesake() -> None:
    html = '<script>L.tileLayer("https://tiles.example.cn.evil.com/{z}/{x}/{y}")</script>'
    with pytest.raises(JdzfireError, match="evil"):
        inline_assets(html, allow=("https://tiles.example.cn",))


@pytest.mark.parametrize(
    "html",
    [
        '<script src="local.js"></script>',
        '<link rel="stylesheet" href="other.css"/>',
        '<img src="//cdn.example.com/a.png">',
        "<style>@import url(https://fonts.example.com/a.css)</style>",
        '<script>new WebSocket("wss://push.example.com/x")</script>',
    ],
)
def test_any_other_way_out_is_refused(html: str) -> None:
    with pytest.raises(JdzfireError, match="network"):
        inline_assets(html)


def test_an_address_in_the_data_is_only_text() -> None:
    html = '<script type="application/json" id="d">{"name":"https://evil.example.com"}</script>'
    assert inline_assets(html) == html


def test_icons_of_an_unshipped_library_are_refused() -> None:
    m = plain_map()
    folium.Marker([29.3, 117.2], icon=folium.Icon(icon="fire")).add_to(m)
    with pytest.raises(JdzfireError, match="AwesomeMarkers"):
        render_offline(m)


@pytest.mark.parametrize("address", sorted(KNOWN_ASSETS))
def test_every_shipped_file_is_there_and_asks_nothing(address: str) -> None:
    element = "script" if address.endswith(".js") else "style"
    link = (
        f'<script src="{address}"></script>'
        if element == "script"
        else f'<link rel="stylesheet" href="{address}"/>'
    )
    page = inline_assets(link)
    assert len(page) > 200
    assert "sourceMappingURL" not in page
    assert "url(images" not in page
    assert page.count("</script") == (element == "script")


@pytest.mark.parametrize(
    "tile_url",
    [
        "ftp://host.cn/{z}/{x}/{y}",
        "https://host.cn/tiles",
        "javascript:alert(1)//{z}{x}{y}",
        "https:///{z}/{x}/{y}",
        "https://user:pass@host.cn/{z}/{x}/{y}",
        'https://host.cn/{z}/{x}/{y}"onload=',
        "https://host.cn/{z}/{x}/{y}; script-src *",
    ],
)
def test_a_tile_address_that_cannot_be_used(tile_url: str) -> None:
    with pytest.raises(SettingsError):
        check_tile_url(tile_url)


def test_a_refused_tile_address_does_not_tell_its_key() -> None:
    with pytest.raises(SettingsError) as caught:
        check_tile_url("https://host.cn/wmts?tk=secretkey")
    assert "secretkey" not in str(caught.value)


def test_origin_of_tiles() -> None:
    assert (
        tile_origin("https://tiles.example.cn:8443/{z}/{x}/{y}") == "https://tiles.example.cn:8443"
    )
    assert tile_origin("https://{s}.example.cn/{z}/{x}/{y}") == "https://*.example.cn"
