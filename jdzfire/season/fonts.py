"""A font that has Chinese: one that is installed, else the one that ships with jdzfire."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

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

SHIPPED = "Jdzfire Sans SC"
"""Characters of GB 2312 in one weight, under the SIL Open Font License (``font/OFL.txt``)."""

_FILE = Path(__file__).parent / "font" / "JdzfireSans.otf"


def choose_font(installed: Sequence[str] | None = None) -> str:
    """The first font of :data:`CJK_FONTS` that is installed, else :data:`SHIPPED`.

    Parameters
    ----------
    installed : sequence of str, optional
        Names of fonts; default those matplotlib knows.
    """
    if installed is not None:
        return _first_of(installed) or SHIPPED
    from matplotlib.font_manager import fontManager

    known = [font.name for font in fontManager.ttflist]
    if SHIPPED not in known:
        fontManager.addfont(str(_FILE))
    return _first_of(known) or SHIPPED


def _first_of(installed: Iterable[str]) -> str | None:
    known = set(installed)
    return next((name for name in CJK_FONTS if name in known), None)
