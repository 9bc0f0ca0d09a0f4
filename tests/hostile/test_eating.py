"""Files that ask for much are refused within 1 GiB above idle and 30 s."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.eaters import EATERS, Cost, Eater, jdzfire, measure
from tests.workspaces import SAMPLES

QUICK = ("far_cell.xlsx", "merged_range.xlsx", "random_polygon.geojson", "short_lines.csv")
CHOSEN = [
    pytest.param(one, id=one.name, marks=() if one.name in QUICK else pytest.mark.slow)
    for one in EATERS
]


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Cost:
    """What the same command takes for a file of three rows."""
    home = tmp_path_factory.mktemp("idle")
    cost = measure(jdzfire(home, ("register", "teams"), SAMPLES / "teams.csv"), limit_s=120)
    assert cost.code in (0, 4), cost.message
    return cost


@pytest.mark.slow
@pytest.mark.parametrize("eater", CHOSEN)
def test_it_is_refused_within_its_bounds(eater: Eater, idle: Cost, tmp_path: Path) -> None:
    path = tmp_path / eater.name
    path.write_bytes(eater.make())
    cost = measure(jdzfire(tmp_path / "home", eater.words, path), limit_s=60)
    # 3: refused; 4: the row that ate is rejected, with its reason, and the rest is read
    assert cost.code in (3, 4), cost
    assert cost.peak_mb - idle.peak_mb <= 1024, cost
    # the file may take 25 s; the rest is what a busy machine takes to start two processes
    assert cost.seconds <= 30 + 3 * idle.seconds, cost
