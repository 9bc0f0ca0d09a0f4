"""Values formatted for reading: Beijing time, kilometres, mu, measured numbers of reasons.

What belongs here: turning one value into a few characters. Nothing here knows of HTML; the
page sets what comes from here as text only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.board.labels import MEASURES, Lang

BEIJING = ZoneInfo("Asia/Shanghai")
MU_PER_HA = 15.0

_WINDS: dict[str, tuple[str, ...]] = {
    "zh": ("北", "东北", "东", "东南", "南", "西南", "西", "西北"),
    "en": ("N", "NE", "E", "SE", "S", "SW", "W", "NW"),
}
UNITS = {
    "m": "m",
    "km": "km",
    "ha": "ha",
    "mu": "mu",
    "h": "h",
    "min": "min",
    "mw": "MW",
    "k": "K",
    "pct": "%",
    "ms": "m/s",
    "deg": "°",
    "c": "°C",
}
"""Suffix of a measured value's name -> its unit."""
_LOOKALIKES = str.maketrans(
    {
        "<": "＜",
        ">": "＞",
        "[": "［",
        "]": "］",
        "`": "｀",
        "*": "＊",
        "_": "＿",
        "#": "＃",
        "|": "｜",
        "~": "～",
        "\\": "＼",
        "&": "＆",
        "@": "＠",
    }
)


def missing(value: Any) -> bool:
    """True for None, NaN, NaT and NA."""
    if isinstance(value, str | int):
        return False
    if isinstance(value, float):
        return value != value
    return value is None or bool(pd.isna(value))


def text_or_none(value: Any) -> str | None:
    """Text without surrounding blanks, or None when nothing is left."""
    text = "" if missing(value) else str(value).strip()
    return text or None


def number_or_none(value: Any, *, digits: int = 3) -> float | None:
    """Finite number rounded to ``digits``, or None."""
    if missing(value) or not math.isfinite(float(value)):
        return None
    return round(float(value), digits)


def beijing(value: Any, pattern: str = "%m-%d %H:%M") -> str | None:
    """Time in Beijing, or None when missing.

    Examples
    --------
    >>> beijing(pd.Timestamp("2022-02-27T05:03Z"))
    '02-27 13:03'
    """
    if missing(value):
        return None
    seconds = pd.Timestamp(value).timestamp()
    return datetime.fromtimestamp(seconds, BEIJING).strftime(pattern)


def iso_utc(value: Any) -> str | None:
    """ISO time in UTC with Z, to the second, or None."""
    if missing(value):
        return None
    return str(pd.Timestamp(value).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ"))


def decimal(value: float, digits: int = 1) -> str:
    """Number with at most ``digits`` decimals and no idle zeros.

    Examples
    --------
    >>> decimal(12.0), decimal(12.34), decimal(1234.0, 0), decimal(-0.04)
    ('12', '12.3', '1234', '0')
    """
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def kilometres(distance_m: float) -> str:
    """Distance [m] in km: one decimal under 100 km, none beyond."""
    km = distance_m / 1000.0
    return decimal(km, 1 if km < 100 else 0)


def compass(bearing_deg: float, lang: Lang) -> str:
    """One of eight winds a bearing [degree, clockwise from north] points to.

    Examples
    --------
    >>> compass(22.4, "zh"), compass(22.6, "zh"), compass(350.0, "en")
    ('北', '东北', 'N')
    """
    return _WINDS[lang][round((bearing_deg % 360.0) / 45.0) % 8]


def mu(area_ha: float) -> str:
    """Area [ha] in mu, whole; 1 ha = 15 mu [K]."""
    return decimal(area_ha * MU_PER_HA, 0)


def measures(values: Mapping[str, Any], lang: Lang) -> list[str]:
    """Measured values of a reason as short texts, in the order given.

    A key carries its unit as suffix (``distance_m``); a name without an entry in ``MEASURES``
    is shown as it is. Missing values are left out.

    Examples
    --------
    >>> measures({"distance_m": 820.0, "wind_force": 3, "late_h": None}, "zh")
    ['距离 820 m', '风力 3']
    """
    return [f"{_measure_name(k, lang)} {_value(k, v)}" for k, v in values.items() if not missing(v)]


def measure_names(lang: Lang) -> dict[str, Any]:
    """What the page's script needs to write measured values as ``measures`` does.

    Returns
    -------
    dict
        ``names`` of ``MEASURES``, and ``units`` by suffix.
    """
    return {
        "names": {stem: pair[0 if lang == "zh" else 1] for stem, pair in MEASURES.items()},
        "units": UNITS,
    }


@cache
def _split(key: str) -> tuple[str, str]:
    stem, _, suffix = key.rpartition("_")
    if key in MEASURES or not stem or suffix not in UNITS:
        return key, ""
    return stem, UNITS[suffix]


def _measure_name(key: str, lang: Lang) -> str:
    stem = _split(key)[0]
    pair = MEASURES.get(stem)
    return stem.replace("_", " ") if pair is None else pair[0 if lang == "zh" else 1]


def _value(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int | float):
        if key.endswith("share") and 0 <= value <= 1:
            return f"{decimal(100 * value, 0)}%"
        unit = _split(key)[1]
        return f"{decimal(value, 2 if abs(value) < 10 else 1)} {unit}".strip()
    if key.endswith("_at") or key in ("valid_from", "valid_to"):
        moment = pd.to_datetime(str(value), errors="coerce", utc=True)
        return beijing(moment) or str(value)
    return str(value)


def plain(value: Any, *, most: int = 120) -> str:
    r"""Outside text made harmless for plain text and every flavour of markdown.

    Control and direction marks go, blanks and line breaks become one blank, and the characters
    that markup is made of are replaced by their full-width lookalikes, so that the text still
    reads the same. Cut at ``most`` characters.

    Examples
    --------
    >>> plain("<img src=x onerror=alert(1)>")
    '＜img src=x onerror=alert(1)＞'
    >>> plain("[a](http://b) @all\n# c")
    '［a］(http：//b) ＠all ＃ c'
    """
    text = "" if missing(value) else str(value)
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split()).translate(_LOOKALIKES).replace("://", "：//")
    return text if len(text) <= most else text[: most - 1] + "…"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row, in order."""
    names = [str(name) for name in table.columns]
    columns = [table[name].tolist() for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def minutes_since(then: Any, now: datetime) -> int | None:
    """Whole minutes from ``then`` to ``now``, not below 0; None when ``then`` is missing."""
    if missing(then):
        return None
    return max(0, round((now.timestamp() - pd.Timestamp(then).timestamp()) / 60))


def minutes_until(then: Any, now: datetime) -> int | None:
    """Whole minutes from ``now`` to ``then``, below 0 when it has passed; None when missing."""
    if missing(then):
        return None
    return round((pd.Timestamp(then).timestamp() - now.timestamp()) / 60)


def minutes_before(times: pd.Series, now: datetime) -> NDArray[np.int64]:
    """Whole minutes from each time to ``now``, below 0 when it is later."""
    minutes = (pd.Timestamp(now) - times).dt.total_seconds() / 60
    whole: NDArray[np.int64] = np.rint(minutes.to_numpy(dtype=np.float64)).astype(np.int64)
    return whole
