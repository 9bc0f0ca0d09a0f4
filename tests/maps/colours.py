"""How far apart colours are to people, colour-blind ones too, and how well text stands out.

Sources: sRGB (IEC 61966-2-1) [V]; colour-blindness after Machado, Oliveira and Fernandes 2009, A
Physiologically-based Model for Simulation of Color Vision Deficiency, IEEE TVCG 15(6), 1291-1298,
the published matrices at severity 1.0, for linear RGB [V]; CIEDE2000 after Sharma, Wu and Dalal
2005, whose test pairs the tests hold it against [V]; contrast after WCAG 2.1 [V].
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EYES: dict[str, Floats] = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
"""Kind of eye -> matrix for linear RGB; some 1 in 40 men has one of the two without green or red,
1 in 12 some form of them [K]."""

_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Linear sRGB to XYZ, D65."""
_WHITE = _XYZ.sum(axis=1)


def variables(css: str) -> dict[str, dict[str, str]]:
    """Theme -> name -> ``#rrggbb`` of the variables of a style sheet; day starts from night."""
    found: dict[str, dict[str, str]] = {}
    for selector, theme in ((":root", "night"), (":root.day", "day")):
        block = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", css, re.DOTALL | re.MULTILINE)
        assert block, selector
        stated = re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block[1])
        short = {n: v if len(v) == 7 else "#" + "".join(c * 2 for c in v[1:]) for n, v in stated}
        found[theme] = {**found.get("night", {}), **short}
    return found


def linear(colour: str) -> Floats:
    """Linear RGB 0-1 of ``#rrggbb``."""
    coded = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eye: str = "usual") -> Floats:
    """CIE L*a*b* of a colour as an eye sees it."""
    seen = np.clip(EYES[eye] @ linear(colour), 0.0, 1.0)
    share = (_XYZ @ seen) / _WHITE
    f = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: Floats, other: Floats) -> float:
    """CIEDE2000 of two L*a*b* colours: 1 is about the least that is seen side by side [K]."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = (math.degrees(math.atan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    big_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * math.cos(math.radians(mean_h - 30))
        + 0.24 * math.cos(math.radians(2 * mean_h))
        + 0.32 * math.cos(math.radians(3 * mean_h + 6))
        - 0.20 * math.cos(math.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    around = 30 * math.exp(-(((mean_h - 275) / 25) ** 2))
    r = -2 * math.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * math.sin(math.radians(2 * around))
    dl, dc, dh = (l2 - l1) / s_l, (c2 - c1) / s_c, big_h / s_h
    return math.sqrt(dl**2 + dc**2 + dh**2 + r * dc * dh)


def least_difference(one: str, other: str) -> float:
    """Smallest CIEDE2000 of two colours over all kinds of eyes."""
    return min(difference(lab(one, eye), lab(other, eye)) for eye in EYES)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.1, 1 to 21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    lights = sorted(float(weights @ linear(colour)) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def mixed(front: str, back: str, share: float) -> str:
    """A colour laid half-clear over another, as ``color-mix`` in sRGB does it."""
    pairs = [(int(front[k : k + 2], 16), int(back[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(share * f + (1 - share) * b):02x}" for f, b in pairs)


def pick(theme: Mapping[str, str], name: str) -> str:
    """A variable of a theme, or the colour itself."""
    return name if name.startswith("#") else theme[name]
