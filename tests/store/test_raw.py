"""Raw bytes are kept once, by what they are, and damage is seen."""

from __future__ import annotations

import pytest

from jdzfire.errors import NotFound, StoreError, UsageError
from jdzfire.store.home import Home
from jdzfire.store.raw import keep_raw, load_raw

# sha256 of b"abc", FIPS 180-2 appendix B.1
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_bytes_are_kept_by_their_hash_and_read_back(home: Home) -> None:
    assert keep_raw(home, b"abc") == ABC
    assert (home.raw_dir / "ba" / ABC).read_bytes() == b"abc"
    assert load_raw(home, ABC) == b"abc"


def test_the_same_bytes_again_write_nothing(home: Home) -> None:
    keep_raw(home, b"abc")
    path = home.raw_dir / "ba" / ABC
    before = path.stat().st_mtime_ns, path.stat().st_ino
    keep_raw(home, b"abc")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert [entry.name for entry in path.parent.iterdir()] == [ABC]


def test_empty_bytes_are_bytes(home: Home) -> None:
    assert load_raw(home, keep_raw(home, b"")) == b""


@pytest.mark.parametrize("damage", [b"", b"ab", b"abd"])
def test_damage_is_seen_and_healed_by_the_same_bytes(home: Home, damage: bytes) -> None:
    keep_raw(home, b"abc")
    path = home.raw_dir / "ba" / ABC
    path.write_bytes(damage)
    with pytest.raises(StoreError, match="damaged"):
        load_raw(home, ABC)
    keep_raw(home, b"abc")
    assert load_raw(home, ABC) == b"abc"


def test_unknown_and_wrong_names_are_refused(home: Home) -> None:
    with pytest.raises(NotFound):
        load_raw(home, ABC)
    for wrong in ("../../etc/passwd", ABC.upper(), ABC[:-1], ABC + "0", ""):
        with pytest.raises(UsageError, match="not the name"):
            load_raw(home, wrong)
