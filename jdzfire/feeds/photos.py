"""Photos of the field: what they are, where and when they were taken, and a small copy to show."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jdzfire.errors import InputError
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.times import BEIJING

PHOTO_BYTES = 12 << 20
"""Largest photo taken [bytes]: a telephone's have 3 to 8 MB [K]."""
_PIXELS = 60_000_000  # 50-megapixel telephones; decoded some 180 MB
_SHOWN_PX = 1280
_KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011  # DateTimeOriginal, OffsetTimeOriginal


@dataclass(frozen=True)
class Photo:
    """A photo as read."""

    kind: str
    """image/jpeg, image/png or image/webp, by its content."""
    lon: float | None
    lat: float | None
    """Of its EXIF, WGS84 [deg]."""
    taken_at: datetime | None
    """Of its EXIF, UTC; a time without a zone is Beijing time."""
    shown: bytes
    """JPEG of at most 1,280 pixels a side, drawn anew: nothing of the original but its pixels."""


def read_photo(raw: bytes, *, source_name: str) -> Photo:
    """Look at a photo.

    Raises
    ------
    InputError
        Too large, damaged, or no JPEG, PNG or WebP, whatever its name says.
    """
    from PIL import Image, ImageOps

    name = excerpt(source_name)
    if len(raw) > PHOTO_BYTES:
        raise InputError(
            f"{name} is too large",
            expected=f"at most {PHOTO_BYTES >> 20} MiB",
            found=f"{len(raw) / 2**20:.1f} MiB",
            remedy="send it smaller",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=list(_KINDS)) as image:
                if image.width * image.height > _PIXELS:
                    raise Image.DecompressionBombError
                kind, exif = _KINDS[str(image.format)], image.getexif()
                lon, lat = _place(exif.get_ifd(_GPS_IFD))
                taken_at = _time(exif.get_ifd(_EXIF_IFD))
                image.draft("RGB", (_SHOWN_PX, _SHOWN_PX))
                upright = ImageOps.exif_transpose(image).convert("RGB")
                upright.thumbnail((_SHOWN_PX, _SHOWN_PX))
                shown = Image.new("RGB", upright.size)  # what a file says of itself stays behind
                shown.paste(upright)
                target = io.BytesIO()
                shown.save(target, "JPEG", quality=82)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(
            f"{name} has too many pixels",
            expected=f"at most {_PIXELS // 1_000_000} million",
            remedy="send it smaller",
        ) from error
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, ArithmeticError) as error:
        raise InputError(
            f"{name} is no photo",
            expected="JPEG, PNG or WebP, whole",
            found=type(error).__name__,
            remedy="send the photo itself, not a screenshot of a list or another file",
        ) from error
    return Photo(kind, lon, lat, taken_at, target.getvalue())


def _place(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    """Longitude and latitude of the GPS part; none when it is not whole."""
    lat, lon = _degrees(gps.get(2), gps.get(1), "S"), _degrees(gps.get(4), gps.get(3), "W")
    if lat is None or lon is None or not (abs(lat) <= 90 and abs(lon) <= 180) or lat == lon == 0:
        return None, None
    return lon, lat


def _degrees(parts: Sequence[Any] | None, side: object, negative: str) -> float | None:
    try:
        degree, minute, second = (float(part) for part in parts or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    found = degree + minute / 60 + second / 3600
    if not math.isfinite(found):
        return None
    return round(-found if side == negative else found, 6)


def _time(exif: Mapping[int, Any]) -> datetime | None:
    try:
        local = datetime.strptime(str(exif[_TAKEN])[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except (KeyError, ValueError):
        return None
    zone = str(exif.get(_OFFSET, ""))
    try:
        aware = datetime.fromisoformat(f"{local.isoformat()}{zone}")
    except ValueError:
        aware = local
    found = aware if aware.tzinfo else aware.replace(tzinfo=BEIJING)
    late = datetime.now(UTC) + timedelta(days=1)
    return found.astimezone(UTC) if datetime(1990, 1, 1, tzinfo=UTC) < found < late else None
