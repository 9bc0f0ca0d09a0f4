"""Photos: what is taken, what is refused, and what is left of one that is shown."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime

import pytest
from PIL import Image

from jdzfire.errors import InputError
from jdzfire.feeds.photos import PHOTO_BYTES, read_photo


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), *, exif: bool = True) -> bytes:
    image = Image.new("RGB", size, (200, 60, 20))
    found = Image.Exif()
    if exif:
        found[0x0112] = 6  # lies on its side
        found.get_ifd(0x8825).update(
            {1: "N", 2: (29.0, 17.0, 24.0), 3: "E", 4: (117.0, 12.0, 36.0)}
        )
        found.get_ifd(0x8769)[0x9003] = "2024:04:04 16:05:00"
    target = io.BytesIO()
    image.save(target, kind, exif=found, comment=b"<script>alert(1)</script>")
    return target.getvalue()


def test_place_time_and_kind_are_read_and_the_copy_holds_nothing_but_pixels() -> None:
    found = read_photo(photo(), source_name="a.jpg")
    assert (found.kind, found.lon, found.lat) == ("image/jpeg", 117.21, 29.29)
    assert found.taken_at == datetime(2024, 4, 4, 8, 5, tzinfo=UTC)
    shown = Image.open(io.BytesIO(found.shown))
    assert (shown.format, shown.size) == ("JPEG", (30, 40))  # upright
    assert len(shown.getexif()) == 0
    assert b"script" not in found.shown


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_are_known_by_their_content(kind: str) -> None:
    found = read_photo(photo(kind, exif=False), source_name="a.jpg")
    assert found.kind == f"image/{kind.lower()}"
    assert (found.lon, found.lat, found.taken_at) == (None, None, None)


def test_a_large_photo_is_shown_small() -> None:
    found = read_photo(photo(size=(4000, 3000), exif=False), source_name="a.jpg")
    assert Image.open(io.BytesIO(found.shown)).size == (1280, 960)


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in some kilobytes."""

    def part(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no photo"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no photo"),
        (b"<html><script>alert(1)</script></html>", "no photo"),
        (b"PK\x03\x04" + b"\0" * 100, "no photo"),
        (b"GIF89a" + b"\0" * 100, "no photo"),
        (photo()[:-20] [:300], "no photo"),
        (bomb(), "too many pixels"),
        (b"\xff\xd8" + b"\0" * PHOTO_BYTES, "too large"),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_whatever_its_name(raw: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_photo(raw, source_name="photo.jpg")


def test_odd_places_and_times_are_no_places_and_times() -> None:
    image = Image.new("RGB", (8, 8))
    for gps in ({2: (1.0,), 4: (1.0, 2.0, 3.0)}, {1: "N", 2: (95.0, 0.0, 0.0), 4: (1.0, 0.0, 0.0)}):
        exif = Image.Exif()
        exif.get_ifd(0x8825).update(gps)
        exif.get_ifd(0x8769)[0x9003] = "0000:00:00 00:00:00"
        target = io.BytesIO()
        image.save(target, "JPEG", exif=exif)
        found = read_photo(target.getvalue(), source_name="a.jpg")
        assert (found.lon, found.lat, found.taken_at) == (None, None, None)
