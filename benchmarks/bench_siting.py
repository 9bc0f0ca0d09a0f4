"""Location models on published and made-up instances, beside spopt's plain use.

    python benchmarks/bench_siting.py [--instances FOLDER] [--seconds 60] [--plain]

FOLDER holds ``orlib_pmed`` (OR-Library p-median 1-20 with their optima) and ``mclp_ails`` (New York and
Bronx with the best values published). Without it only the made-up ones are solved: 5,000 demands and 500
sites at random in a square, weights 1 to 99, p = 47. With ``--plain`` spopt with HiGHS solves the made-up
covering problem as well, in the same run.
"""  # noqa: E501

from __future__ import annotations

import argparse
import re
import time
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import floyd_warshall

from jdzfire.siting.highs import silent_stdout
from jdzfire.siting.mclp import solve_mclp
from jdzfire.siting.p_median import solve_p_median

Floats = NDArray[np.float64]
EARTH_M = 6_378_137.0
MCLP = {"NewYork": 400, "Bronx": 600}


def orlib(path: Path) -> tuple[Floats, int]:
    """Distances and p of an OR-Library file; a repeated edge: the last one counts."""
    numbers = np.array(path.read_text().split(), dtype=int)
    count, _, p = numbers[:3]
    edges = np.full((count, count), np.inf)
    for a, b, length in numbers[3:].reshape(-1, 3):
        edges[a - 1, b - 1] = edges[b - 1, a - 1] = length
    np.fill_diagonal(edges, 0)
    return floyd_warshall(edges), int(p)


def pmed(folder: Path, seconds: float) -> None:
    """Every instance: value, published optimum, bound, seconds."""
    lines = (folder / "pmedopt_1_20.txt").read_text().splitlines()
    optima = dict(line.split() for line in lines if line.startswith("pmed"))
    begun = time.perf_counter()
    for name, optimum in optima.items():
        costs, p = orlib(folder / f"{name}.txt")
        found = solve_p_median(costs, p=p, time_limit_s=seconds)
        print(
            f"{name:<8}{len(costs):>5}{p:>5}{found.value:>9.0f}{float(optimum):>9.0f}"
            f"{found.bound:>9.0f}  {'proven' if found.is_optimal else 'open':<8}"
            f"{found.seconds:>7.2f} s",
            flush=True,
        )
    print(f"all {time.perf_counter() - begun:.1f} s")


def places(path: Path) -> tuple[Floats, Floats]:
    """Coordinates [degree] and demand of a published covering instance."""
    text = path.read_text()
    numbers, demand = re.split(r"DEMAND_SECTION", re.split(r"NODE_COORD_SECTION", text)[1])
    found = np.array(numbers.split(), dtype=float)
    count = int(re.search(r"DIMENSION\s*:\s*(\d+)", text)[1])  # type: ignore[index]
    weights = np.array([word for word in demand.split() if word != "EOF"][:count], dtype=float)
    return found[-2 * count :].reshape(-1, 2), weights


def great_circle_m(degrees: Floats) -> Floats:
    """Distances of all pairs [m]."""
    lat, lon = np.radians(degrees.T)
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(half)))


def covers(folder: Path, seconds: float) -> None:
    """The published covering instances: value, best published, gap, seconds."""
    for name, radius in MCLP.items():
        degrees, weights = places(folder / f"{name}.txt")
        near = great_circle_m(degrees) <= radius
        for p in (50, 60, 70, 80, 90, 100):
            text = (folder / f"optima_{name}_{p}_{radius}.txt").read_text()
            best = float(re.search(r"f:\s*([\d.]+)", text)[1])  # type: ignore[index]
            begun = time.perf_counter()
            found = solve_mclp(near, weights, k=p, time_limit_s=seconds)
            print(
                f"{name:<8}{p:>5}{found.weight:>11.0f}{best:>11.0f}{found.bound:>11.0f}"
                f"{(found.bound - found.weight) / found.weight:>9.3%}"
                f"{time.perf_counter() - begun:>8.1f} s",
                flush=True,
            )


def made_up(seed: int) -> tuple[Floats, Floats]:
    """Distances of 5,000 demands to 500 sites in a square of 80, and weights."""
    draw = np.random.default_rng(seed)
    demands, sites = draw.random((5000, 2)) * 80, draw.random((500, 2)) * 80
    weights = draw.integers(1, 100, 5000).astype(float)
    return np.hypot(*(demands[:, None] - sites[None]).transpose(2, 0, 1)), weights


def plain_mclp(costs: Floats, weights: Floats, radius: float, p: int) -> tuple[float, float]:
    """Value and seconds of spopt with HiGHS."""
    import pulp
    from spopt import locate

    begun = time.perf_counter()
    with warnings.catch_warnings(), silent_stdout():
        warnings.simplefilter("ignore", DeprecationWarning)
        model = locate.MCLP.from_cost_matrix(costs, weights, radius, p_facilities=p)
        model.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0.0))
    return float(pulp.value(model.problem.objective)), time.perf_counter() - begun


def main() -> None:
    """Print a line for each instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--plain", action="store_true")
    given = parser.parse_args()
    for seed in (1, 2, 3):
        costs, weights = made_up(seed)
        for gap in (0.01, 0.0):
            found = solve_p_median(costs, weights, p=47, gap=gap, time_limit_s=given.seconds)
            print(f"p-median 5000 x 500, seed {seed}: gap {found.gap:.3%}, {found.seconds:.1f} s")
        begun = time.perf_counter()
        choice = solve_mclp(costs <= 5, weights, k=47, time_limit_s=given.seconds)
        ours = time.perf_counter() - begun
        line = f"MCLP 5000 x 500, seed {seed}: {choice.weight:.0f}, "
        line += f"bound {choice.bound:.0f}, {ours:.1f} s"
        if given.plain:
            value, seconds = plain_mclp(costs, weights, 5, 47)
            line += f"; spopt {value:.0f}, {seconds:.1f} s, ratio {seconds / ours:.1f}"
        print(line, flush=True)
    if given.instances:
        pmed(given.instances / "orlib_pmed", given.seconds)
        covers(given.instances / "mclp_ails", given.seconds)


if __name__ == "__main__":
    main()
