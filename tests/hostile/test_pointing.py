"""No file from outside makes a request or brings in a byte of another file."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jdzfire.feeds.confinement import library_environment
from jdzfire.pipeline.register import register_files
from jdzfire.workspace import open_workspace
from tests.hostile.disguises import SECRET, disguises, tiff, write_secrets
from tests.workspaces import AT, REGISTERS


class Counter(http.server.BaseHTTPRequestHandler):
    """Answers everything and remembers what was asked."""

    asked: list[str]

    def _note(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_HEAD = do_POST = do_PROPFIND = do_OPTIONS = _note  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[str, list[str]]]:
    """Address of a server, and what it was asked for."""
    found: list[str] = []
    handler = type("Handler", (Counter,), {"asked": found})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", found
        server.shutdown()


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    write_secrets(folder)
    return folder


def everything_in(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a workspace but the raw bytes, which are what came in."""
    for path in root.rglob("*"):
        if path.is_file() and "raw" not in path.relative_to(root).parts:
            yield path.name, path.read_bytes()


@pytest.mark.slow
def test_no_disguise_makes_a_request_or_opens_another_file(
    asked: tuple[str, list[str]], secrets: Path, tmp_path: Path
) -> None:
    url, requests = asked
    (tmp_path / "in").mkdir()
    messages = []
    count = 0
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        for name, kind, raw in disguises(secrets, url):
            path = tmp_path / "in" / name
            path.write_bytes(raw)
            intake = register_files(workspace, kind, [path], at=AT)
            messages += [*intake.unusable, *intake.notes, *intake.faults]
            count += 1
            assert requests == [], name
            assert (tmp_path / "home").exists(), name
    assert count >= 80
    assert requests == []
    # what a file says itself may be repeated; what another file says may not
    said = "\n".join(messages)
    assert SECRET not in said
    for name, content in everything_in(tmp_path / "home"):
        assert SECRET.encode() not in content, name


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*REGISTERS, "dem", "landcover", "weather"])
def test_no_reader_is_taken_in_by_the_disguise_of_another(
    kind: str, asked: tuple[str, list[str]], secrets: Path, tmp_path: Path
) -> None:
    url, requests = asked
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        for name, _, raw in disguises(secrets, url):
            path = tmp_path / name
            path.write_bytes(raw)
            intake = register_files(workspace, kind, [path], at=AT)
            assert SECRET not in "".join([*intake.unusable, *intake.notes])
            assert requests == [], name
    for name, content in everything_in(tmp_path / "home"):
        assert SECRET.encode() not in content, name


@pytest.mark.slow
def test_side_cars_beside_a_raster_are_not_read(
    asked: tuple[str, list[str]], secrets: Path, tmp_path: Path
) -> None:
    url, requests = asked
    path = tmp_path / "dem.tif"
    path.write_bytes(tiff())
    xml = f"<PAMDataset><SRS>{url}/srs</SRS><Metadata domain='OVERVIEWS'><MDI key='OVERVIEW_FILE'>"
    xml += f"{secrets}/secret.tif</MDI></Metadata></PAMDataset>"
    (tmp_path / "dem.tif.aux.xml").write_text(xml)
    (tmp_path / "dem.tif.ovr").write_bytes((secrets / "secret.tif").read_bytes())
    (tmp_path / "dem.tif.msk").write_bytes((secrets / "secret.tif").read_bytes())
    (tmp_path / "dem.tfw").write_text("9\n0\n0\n-9\n0\n0\n")
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        intake = register_files(workspace, "dem", [path], at=AT)
    assert (intake.rows, intake.unusable, requests) == (1, (), [])
    kept = tmp_path / "home" / "registers" / "dem.tif"
    assert kept.read_bytes() == tiff()
    assert [p.name for p in kept.parent.glob("dem*")] == ["dem.tif"]


@pytest.mark.parametrize("kind", [*REGISTERS, "dem", "landcover", "weather"])
def test_a_name_on_the_command_line_is_a_file_and_nothing_else(
    kind: str, asked: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, requests = asked
    names = [f"/vsicurl/{url}/x.tif", f"{url}/x.geojson", f"/vsizip/{url}/x.shp", f"WFS:{url}"]
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        intake = register_files(workspace, kind, [Path(name) for name in names], at=AT)
    assert len(intake.unusable) == 4
    assert requests == []


ATTEMPTS = """
import ctypes, os, socket, sys
from pathlib import Path
from jdzfire.feeds.confinement import confine, program_paths
version = confine(readable=program_paths(), writable=Path.cwd())
libc = ctypes.CDLL(None, use_errno=True)
Path("mine.txt").write_text("own folder")
tries = {
    "python open": lambda: open(sys.argv[1], "rb"),
    "C open": lambda: libc.open(sys.argv[1].encode(), 0) < 0 and os.close(-1),
    "list": lambda: os.listdir(Path(sys.argv[1]).parent),
    "write": lambda: Path(sys.argv[1]).write_text("x"),
    "connect": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2]))),
    "run": lambda: os.system("true"),
}
address = bytes([2, 0]) + int(sys.argv[2]).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
tries["C connect"] = lambda: (
    libc.connect(libc.socket(2, 1, 0), address, 16) < 0 and os.close(-1)
)
done = []
for name, attempt in tries.items():
    try:
        attempt()
        done.append(name)
    except OSError:
        pass
print(version, ",".join(done))
"""


def test_a_reader_that_was_taken_over_opens_nothing(
    asked: tuple[str, list[str]], secrets: Path, tmp_path: Path
) -> None:
    """The wall behind the others, tried from within, past Python's own functions too."""
    url, requests = asked
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPTS, str(secrets / "secret.csv"), url.rsplit(":", 1)[1]],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=True,
    )
    version, succeeded = done.stdout.rstrip("\n").split(" ", 1)
    if int(version) < 4:
        pytest.skip(f"Landlock {version}: this system cannot refuse connections")
    assert succeeded == ""
    assert requests == []
    assert SECRET in (secrets / "secret.csv").read_text()


@pytest.mark.slow
def test_a_reader_has_no_format_but_those_it_reads(tmp_path: Path) -> None:
    """An update of GDAL with a new format must not open it unseen."""
    listing = "import pyogrio; print(*sorted(pyogrio.list_drivers()), sep='|')"
    done = subprocess.run(
        [sys.executable, "-c", listing],
        capture_output=True,
        text=True,
        timeout=60,
        env=library_environment(tmp_path),
        check=True,
    )
    assert done.stdout.strip().split("|") == ["ESRI Shapefile", "GPKG", "GeoJSON", "MEM", "OSM"]
    assert not any(name.startswith("JDZFIRE_") for name in library_environment(tmp_path))
