"""What holds of every feed: sample, header only, damaged, foreign content, auto."""

from __future__ import annotations

import pickle

import pytest

from jdzfire.errors import InputError, JdzfireError, UsageError
from jdzfire.feeds.registry import FEEDS, read_hotspots, recognise_feed
from jdzfire.schemas import HOTSPOTS, INSTRUMENTS, REJECTED, empty_table, validate
from tests.feeds.samples import AT, FEED_SAMPLES, SAMPLES, sample

HEADER_LINES = {
    "firms": 1,
    "himawari-wlf": 2,
    "ground": 1,
    "national-sheet": 2,
    "straw-burning": 1,
    "viirs-afimg": 14,
}
EACH = [(name, feed, rows) for name, (feed, rows) in FEED_SAMPLES.items()]


def header_of(name: str, feed: str) -> bytes:
    return b"".join(sample(name).splitlines(keepends=True)[: HEADER_LINES[feed]])


def test_every_feed_has_a_sample_and_a_name_in_two_languages() -> None:
    assert {feed for feed, _ in FEED_SAMPLES.values()} == set(FEEDS)
    for name, feed in FEEDS.items():
        assert feed.name == name
        assert feed.title_zh
        assert feed.title_en.isascii()
        assert set(feed.instruments) <= set(INSTRUMENTS)
        assert feed.late_after_h > 0
        assert feed.licence


@pytest.mark.parametrize(("name", "feed", "rows"), EACH)
def test_sample(name: str, feed: str, rows: int) -> None:
    reading = read_hotspots(feed, sample(name), source_name=name, received_at=AT)
    assert reading.kind == feed
    assert len(reading.table) == rows
    assert reading.rejected.empty
    validate(reading.table, HOTSPOTS)
    assert set(reading.table["feed"]) == {feed}
    assert set(reading.table["instrument"]) <= set(FEEDS[feed].instruments)
    assert (reading.table["received_at"] == AT).all()


@pytest.mark.parametrize(("name", "feed", "rows"), EACH)
def test_auto_knows_each_by_its_content(name: str, feed: str, rows: int) -> None:
    assert recognise_feed(sample(name), source_name="download.csv") == feed
    assert len(read_hotspots("auto", sample(name), source_name="x", received_at=AT).table) == rows
    others = [other for other in FEEDS.values() if other.name != feed]
    assert not any(other.recognise(sample(name), "x") for other in others)


@pytest.mark.parametrize(("name", "feed", "rows"), EACH)
def test_twice_is_the_same(name: str, feed: str, rows: int) -> None:
    one = read_hotspots(feed, sample(name), source_name=name, received_at=AT).table
    two = read_hotspots(feed, sample(name), source_name=name, received_at=AT).table
    assert one.equals(two)
    assert len(one) == rows


@pytest.mark.parametrize(("name", "feed", "rows"), EACH)
def test_header_only_is_an_empty_day(name: str, feed: str, rows: int) -> None:
    reading = read_hotspots(feed, header_of(name, feed), source_name=name, received_at=AT)
    assert rows > 0
    assert reading.table.dtypes.equals(empty_table(HOTSPOTS).dtypes)
    assert reading.table.crs == empty_table(HOTSPOTS).crs
    assert reading.rejected.dtypes.equals(empty_table(REJECTED).dtypes)


@pytest.mark.parametrize(("name", "feed", "rows"), EACH)
def test_cut_off_in_the_middle_of_the_last_line(name: str, feed: str, rows: int) -> None:
    raw = sample(name).rstrip(b"\n")
    last = raw.rindex(b"\n")
    reading = read_hotspots(feed, raw[: last + 12], source_name=name, received_at=AT)
    assert len(reading.table) == rows - 1
    assert len(reading.rejected) == 1
    assert reading.rejected["reason"].iloc[0] in ("truncated_line", "column_count")


@pytest.mark.parametrize("feed", list(FEEDS))
@pytest.mark.parametrize(
    "raw",
    [b"", b"   \n", b"<html><body>proxy error</body></html>", b"Invalid MAP_KEY.", b"\x89PNG\r\n",
     b"\xff\xff\xff\xff", b"PK\x03\x04broken", b'{"type": "FeatureCollection"}'],
)  # fmt: skip
def test_foreign_content_is_refused_with_all_four_parts(feed: str, raw: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_hotspots(feed, raw, source_name="x.csv", received_at=AT)
    error = caught.value
    assert all([error.what, error.expected, error.found, error.remedy])
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301
    with pytest.raises(InputError):
        read_hotspots("auto", raw, source_name="x.csv", received_at=AT)


@pytest.mark.parametrize("feed", list(FEEDS))
def test_another_feeds_sample_is_refused_or_set_aside(feed: str) -> None:
    for name, (other, _) in FEED_SAMPLES.items():
        if other == feed:
            continue
        try:
            reading = read_hotspots(feed, sample(name), source_name="x.csv", received_at=AT)
        except JdzfireError:
            continue
        assert reading.table.empty
        assert len(reading.rejected) > 0


def test_unknown_feed_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="unknown feed"):
        read_hotspots("goes", b"", source_name="x", received_at=AT)


def test_every_sample_file_is_described() -> None:
    readme = (SAMPLES.parent / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in SAMPLES.iterdir() if path.name not in readme] == []
