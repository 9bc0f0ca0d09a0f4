"""A font that has Chinese, if there is one."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CJK_FONTS", "choose_font"]

CJK_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Noto Sans CJK JP",
    "Noto Serif CJK SC",
    "SimSun",
    "Songti SC",
)
"""Fonts with Simplified Chinese, the best first."""


def choose_font(installed: Sequence[str] | None = None) -> str | None:
    """The first font of :data:`CJK_FONTS` that is installed, or None.

    Parameters
    ----------
    installed : sequence of str, optional
        Names of fonts; default those matplotlib knows.
    """
    if installed is None:
        from matplotlib import font_manager

        installed = [font.name for font in font_manager.fontManager.ttflist]
    known = set(installed)
    return next((name for name in CJK_FONTS if name in known), None)
