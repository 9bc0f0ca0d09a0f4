"""A font that has Chinese, if there is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    if installed is not None:
        return _first_of(installed)
    from matplotlib.font_manager import fontManager

    return _first_of(font.name for font in fontManager.ttflist) or _first_of(_later_fonts())


def _first_of(installed: Iterable[str]) -> str | None:
    known = set(installed)
    return next((name for name in CJK_FONTS if name in known), None)


def _later_fonts() -> list[str]:
    """Fonts that were installed after matplotlib had made its list; they are added to it."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    listed = {font.fname for font in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - listed):
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError):  # a file freetype cannot open
            continue
    return [font.name for font in fontManager.ttflist]
