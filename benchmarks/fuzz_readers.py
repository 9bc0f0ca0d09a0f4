"""Fuzz every reader: whatever the bytes, only jdzfire's own errors may come out.

    python benchmarks/fuzz_readers.py --list
    python benchmarks/fuzz_readers.py --target firms --seconds 60 [--engine hypothesis]

Targets are the feeds, ``register:KIND``, ``grid:KIND``, ``weather``, or ``feeds`` for all feeds in
turn. Corpus: ``data/samples``, packed into zip archives too. A finding is written to ``--out``
as the bytes and the traceback beside them, and the exit code is then 1. ``--engine atheris`` (the
default, needs atheris) follows coverage, one target at a time; its exit code is libFuzzer's, so
look for FINDING in what it prints. ``hypothesis`` mutates samples, by seeds that repeat. The run
may take 1 GiB more than it begins with: a MemoryError, and an input of over 10 s, are findings too.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sys
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jdzfire.errors import JdzfireError
from jdzfire.feeds.confinement import limit_memory
from jdzfire.feeds.registers import read_grid, read_register, read_weather
from jdzfire.feeds.registry import FEEDS, read_hotspots, recognise_feed
from jdzfire.schemas import REGISTERS
from jdzfire.weather.contract import WEATHER_VARIABLES

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples"
AT = datetime(2024, 4, 10, tzinfo=UTC)
SIZE_MAX = 1 << 16
MEMORY_MAX = 1 << 30
SLOW_S = 10.0
WORDS = (
    b'"', b",", b"\n", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"nan", b"inf", b"-0",
    b"1e400", b"0,0", b"181", "，".encode(), "亩".encode(), b"2024/13/45", b"27/02/2024",
    b"99999999999", b"<!DOCTYPE x>", b"{}", b"[]", b"null", b"PK\x03\x04", b"\xed\xa0\x80",
    "经度".encode("gb18030"),
)  # fmt: skip

Act = Callable[[bytes], object]


def targets() -> dict[str, Act]:
    """What can be fuzzed, by name."""
    acts: dict[str, Act] = {name: _feed(name) for name in FEEDS}
    acts["auto"] = lambda raw: recognise_feed(raw, source_name="fuzz")
    for kind in REGISTERS:
        acts[f"register:{kind}"] = _register(kind)
    for kind in ("dem", "landcover"):
        acts[f"grid:{kind}"] = _grid(kind)
    acts["weather"] = lambda raw: read_weather(raw, source_name="fuzz")
    return acts


def _feed(name: str) -> Act:
    return lambda raw: read_hotspots(name, raw, source_name="fuzz", received_at=AT)


def _register(kind: str) -> Act:
    return lambda raw: read_register(kind, raw, source_name="fuzz", received_at=AT)


def _grid(kind: str) -> Act:
    return lambda raw: read_grid(kind, raw, source_name="fuzz")


def corpus_of(name: str) -> list[bytes]:
    """What a target is fed: grids and weather their own forms, the others everything."""
    begins = {"grid:dem": b"II", "grid:landcover": b"II", "weather": (b"CDF", b"\x89HDF")}
    if name not in begins:
        return corpus()
    return [raw for raw in made_files() if raw.startswith(begins[name])]


def corpus() -> list[bytes]:
    """The samples, and each of them in an archive."""
    plain = [path.read_bytes() for path in sorted(SAMPLES.iterdir())] + made_files()
    return [*plain, *(_zipped(raw) for raw in plain)]


def made_files() -> list[bytes]:
    """Forms without a sample: a GeoTIFF, NetCDF 3 and 4, a GeoPackage, a zipped shapefile."""
    import tempfile

    import geopandas as gpd
    import numpy as np
    import rasterio
    import shapely
    import xarray as xr

    days = xr.Dataset(
        {
            name: (("time", "lat", "lon"), np.ones((2, 2, 2)), {"units": unit})
            for name, unit in WEATHER_VARIABLES.items()
        },
        {
            "time": np.array(["2024-04-01", "2024-04-02"], "M8[ns]"),
            "lat": [29, 30],
            "lon": [117, 118],
        },
    )
    layer = gpd.GeoDataFrame(
        {"zone_id": ["Z1"], "name": ["林"], "team_id": ["T1"], "kind": ["x"]},
        geometry=[shapely.box(117, 29, 117.1, 29.1)],
        crs="EPSG:4326",
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with rasterio.open(
            place / "x.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8",
            crs="EPSG:4326", transform=rasterio.Affine(0.1, 0, 117, 0, -0.1, 30),
        ) as raster:  # fmt: skip
            raster.write(np.full((1, 4, 4), 10, "uint8"))
        days.to_netcdf(place / "x3.nc", engine="scipy")
        days.to_netcdf(place / "x4.nc", engine="h5netcdf")
        layer.to_file(place / "x.gpkg", driver="GPKG")
        layer.to_file(place / "x.shp")
        with zipfile.ZipFile(place / "x.zip", "w") as archive:
            for part in place.glob("x.[sdpc][hbrp][pxfjg]"):
                archive.write(part, part.name)
        return [
            (place / name).read_bytes() for name in ("x.tif", "x3.nc", "x4.nc", "x.gpkg", "x.zip")
        ]


def _zipped(raw: bytes) -> bytes:
    buffer = io.BytesIO()
    suffix = "kml" if b"<kml" in raw[:200] else "json" if raw[:1] in b"[{" else "csv"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"doc.{suffix}", raw)
    return buffer.getvalue()


class Findings:
    """Runs one input and keeps what must not happen, once for each place in the code."""

    def __init__(self, name: str, act: Act, folder: Path) -> None:
        self.name = name
        self.act = act
        self.folder = folder
        self.seen: set[str] = set()
        self.slowest_s = 0.0
        self.runs = 0

    def try_one(self, raw: bytes) -> None:
        """Read the bytes; any error that is not jdzfire's own is a finding."""
        self.runs += 1
        begin = time.process_time()  # the machine may have other work
        try:
            self.act(raw)
        except JdzfireError:
            pass
        except Exception as error:  # MemoryError too: the bound of the run was met
            self._keep(raw, error)
        taken_s = time.process_time() - begin
        self.slowest_s = max(self.slowest_s, taken_s)
        if taken_s > SLOW_S:
            self._keep(raw, TimeoutError(f"{taken_s:.0f} s"))

    def _keep(self, raw: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__) or traceback.extract_stack()
        ours = [f"{f.filename}:{f.lineno}" for f in frames if "/jdzfire/" in f.filename]
        place = f"{type(error).__name__} at {ours[-1] if ours else frames[-1]}"
        if place in self.seen:
            return
        self.seen.add(place)
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = f"{self.name.replace(':', '-')}-{hashlib.sha256(raw).hexdigest()[:12]}"
        (self.folder / f"{stem}.bin").write_bytes(raw)
        stated = "".join(traceback.format_exception(error))
        (self.folder / f"{stem}.txt").write_text(stated, encoding="utf-8")
        print(f"FINDING {self.name}: {place}: {str(error)[:120]!r} -> {stem}", flush=True)


def mutated(raw: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """A sample after a few cuts, copies, flips and foreign words."""
    data = bytearray(raw[:SIZE_MAX])
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.randint(0, 40))
        step = rng.randrange(6)
        if step == 0:
            del data[at:end]
        elif step == 1:
            data[at:at] = rng.choice(WORDS)
        elif step == 2:
            data[at:end] = rng.choice(WORDS)
        elif step == 3 and data:
            data[at % len(data)] = rng.randrange(256)
        elif step == 4:
            data[at:at] = data[at:end] * rng.randint(1, 4)
        else:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            data[at:end] = other[start : start + rng.randint(0, 60)]
    return bytes(data)


def run_mutations(found: Findings, seconds: float, seed: int) -> None:
    """Mutated samples until the time is up; a text's fields are changed by hypothesis' seeds."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    samples = corpus_of(found.name)
    end = time.monotonic() + seconds
    turn = seed
    while time.monotonic() < end:

        @seeded(turn)
        @settings(
            max_examples=200,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.sampled_from(samples), st.integers(0, 2**32))
        def once(raw: bytes, number: int) -> None:
            if time.monotonic() < end:
                found.try_one(mutated(raw, random.Random(number), samples))  # noqa: S311

        once()
        turn += 1


def run_atheris(found: Findings, seconds: float, seed: int) -> None:
    """Coverage-guided inputs until the time is up; the process ends with libFuzzer's."""
    try:
        import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris, or use --engine hypothesis")
    import tempfile

    folder = tempfile.mkdtemp(prefix="fuzz-corpus-")
    for number, raw in enumerate(corpus_of(found.name)):
        (Path(folder) / f"{number:03d}").write_bytes(raw[:SIZE_MAX])
    for name in [name for name in sys.modules if name.startswith("jdzfire.feeds")]:
        _instrument(atheris, sys.modules[name])
    options = [f"-max_total_time={int(seconds)}", f"-seed={seed}", f"-max_len={SIZE_MAX}"]
    atheris.Setup(
        [sys.argv[0], *options, "-verbosity=0", "-print_final_stats=1", folder], found.try_one
    )
    atheris.Fuzz()


def _instrument(atheris: Any, module: Any) -> None:
    """Count the branches of a module's functions."""
    for name, thing in list(vars(module).items()):
        if getattr(thing, "__module__", "") == module.__name__ and hasattr(thing, "__code__"):
            setattr(module, name, atheris.instrument_func(thing))


def main() -> None:
    """Fuzz what the arguments name."""
    acts = targets()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--target", choices=[*acts, "feeds", "all"], default="firms")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--engine", choices=["atheris", "hypothesis"], default="atheris")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--list", action="store_true", help="print the targets")
    stated = parser.parse_args()
    if stated.list:
        print("\n".join(acts))
        return
    groups = {"feeds": [*FEEDS, "auto"], "all": list(acts)}
    names = groups.get(stated.target, [stated.target])
    if stated.engine == "atheris" and len(names) > 1:
        sys.exit("atheris takes one target at a time: name it, or use --engine hypothesis")
    warnings.simplefilter("ignore")
    limit_memory(MEMORY_MAX)
    count = 0
    for name in names:
        found = Findings(name, acts[name], stated.out)
        run = run_atheris if stated.engine == "atheris" else run_mutations
        run(found, stated.seconds, stated.seed)
        told_of = f"{found.runs} inputs, slowest {found.slowest_s:.1f} s"
        print(f"{name}: {told_of}, {len(found.seen)} findings", flush=True)
        count += len(found.seen)
    sys.exit(1 if count else 0)


if __name__ == "__main__":
    main()
