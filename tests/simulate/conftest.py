from __future__ import annotations

from datetime import date

import pytest

from jdzfire.simulate import Season, render_season, simulate_season

SHORT = (date(2024, 11, 4), date(2024, 11, 17))


@pytest.fixture(scope="package")
def season() -> Season:
    """Two weeks of a city's autumn; registers and fires of the whole year."""
    return simulate_season(2024, 1, days=SHORT)


@pytest.fixture(scope="package")
def files(season: Season) -> dict[str, bytes]:
    return dict(render_season(season))
