"""What a process remembers of the files it verified stays as small as the workspace."""

from __future__ import annotations

from jdzfire.store import kept
from jdzfire.store.archive import append_hotspots, compact_archive, load_hotspots
from jdzfire.store.home import Home
from tests.store.conftest import hotspots


def remembered(home: Home) -> set[str]:
    return {path.name for path in kept._verified if path.is_relative_to(home.root)}


def test_parts_that_were_compacted_are_forgotten(home: Home) -> None:
    for number in range(3):
        append_hotspots(home, hotspots({"hotspot_id": f"h{number}"}))
        load_hotspots(home)
    parts = {path.name for path in home.archive_dir.rglob("part-*.parquet")}
    assert len(parts) == 3
    assert remembered(home) == parts
    compact_archive(home)
    load_hotspots(home)
    (merged,) = (path.name for path in home.archive_dir.rglob("part-*.parquet"))
    assert remembered(home) == {merged}
