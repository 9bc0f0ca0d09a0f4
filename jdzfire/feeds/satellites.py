"""Names of satellites as sheets write them, and the sensor each carries."""

from __future__ import annotations

import re
import unicodedata

UNKNOWN = "unknown"
_NAME_MAX = 40

_KNOWN: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("npp", "snpp", "suominpp"), ("S-NPP", "VIIRS")),
    **dict.fromkeys(("noaa20", "n20", "jpss1", "j1"), ("NOAA-20", "VIIRS")),
    **dict.fromkeys(("noaa21", "n21", "jpss2", "j2"), ("NOAA-21", "VIIRS")),
    **dict.fromkeys(("terra", "eosam", "eosam1"), ("Terra", "MODIS")),
    **dict.fromkeys(("aqua", "eospm", "eospm1"), ("Aqua", "MODIS")),
    **dict.fromkeys(("landsat8", "l8"), ("Landsat-8", "OLI")),
    **dict.fromkeys(("landsat9", "l9"), ("Landsat-9", "OLI")),
    **dict.fromkeys(("h8", "himawari8", "葵花8", "葵花8号"), ("Himawari-8", "AHI")),
    **dict.fromkeys(("h9", "himawari9", "葵花9", "葵花9号", "葵花"), ("Himawari-9", "AHI")),
}
_FY3 = re.compile(r"(?:fy|风云)(?:3|三号|三)([a-h])星?")
_FY4 = re.compile(r"(?:fy|风云)(?:4|四号|四)([a-d])星?")


def satellite_and_sensor(text: object) -> tuple[str, str]:
    """Satellite and instrument of a name; an unknown name is kept as it is.

    FY-3 carries MERSI and FY-4 AGRI; whatever else (AVHRR of NOAA-18 and -19, Gaofen, GK2A) is
    ``OTHER``: it raises an alarm and never clears one.

    Examples
    --------
    >>> satellite_and_sensor("FY-3D"), satellite_and_sensor("风云四号B星")
    (('FY-3D', 'MERSI'), ('FY-4B', 'AGRI'))
    >>> satellite_and_sensor("SUOMI NPP"), satellite_and_sensor("NOAA19"), satellite_and_sensor("")
    (('S-NPP', 'VIIRS'), ('NOAA19', 'OTHER'), ('unknown', 'OTHER'))
    """
    plain = unicodedata.normalize("NFKC", "" if text is None else str(text))
    shown = re.sub(r"[\x00-\x1f\x7f]+", " ", plain).strip()[:_NAME_MAX]
    key = re.sub(r"[\W_]+", "", shown.lower())
    if key in _KNOWN:
        return _KNOWN[key]
    for pattern, family, sensor in ((_FY3, "FY-3", "MERSI"), (_FY4, "FY-4", "AGRI")):
        match = pattern.fullmatch(key.removesuffix(sensor.lower()))
        if match:
            return f"{family}{match[1].upper()}", sensor
    return (shown or UNKNOWN), "OTHER"
