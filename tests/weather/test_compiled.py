"""Processes that import xclim at the same moment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CALL = """
import numpy as np
from jdzfire.weather.compiled import fire_indices
rain = np.zeros((60, 1, 1))
fire = fire_indices()
fire._ffdi._griffiths_drought_factor(rain.T, rain.T + 1.0, 0)
"""


@pytest.mark.slow
def test_processes_that_compile_at_once_leave_what_later_ones_can_call(tmp_path: Path) -> None:
    for k in range(3):
        env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / str(k))}
        started = [subprocess.Popen([sys.executable, "-c", CALL], env=env) for _ in range(3)]
        assert [p.wait(timeout=120) for p in started] == [0, 0, 0]
        subprocess.run([sys.executable, "-c", CALL], env=env, check=True, timeout=120)
