"""What the reader process may do: read its own program and one folder, and nothing else.

Files from outside are parsed by large libraries (GDAL, HDF5, openpyxl, expat). Three barriers stand
around them, each of which holds alone for what it covers:

- the file is examined and rewritten first, so that a library meets one format only
  (:mod:`jdzfire.feeds.registers.vectors` and the other readers);
- the libraries are configured to use no network, no side-car file and one format only
  (:func:`library_environment`);
- the system refuses the process any other file and any TCP connection (:func:`confine`: Landlock on
  Linux 5.13 and newer, TCP from 6.7 on; elsewhere Python's own audit hook is what is left).
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # Linux system calls [V, landlock(7)]
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38  # prctl(2)
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files each version of Landlock knows [V, landlock(7)]."""

_REFUSED = (
    *("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"),
)
"""Audit events of Python that no reader has a use for."""

_GDAL_SKIPPED = (
    *("ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto", "DGN", "DXF"),
    *("EDIGEO", "EEDA", "ESRIJSON", "Elasticsearch", "FlatGeobuf", "GDALG", "GML", "GPSBabel"),
    *("GPX", "GTFS", "GeoJSONSeq", "GeoRSS", "HTTP", "Idrisi", "JML", "JSONFG", "KML", "LIBKML"),
    *("LVBAG", "MBTiles", "MVT", "MapInfo File", "MapML", "MiraMonVector", "NGW", "OAPIF", "ODS"),
    *("OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT", "OpenFileGDB", "PCIDSK", "PDF", "PDS4"),
    *("PGDUMP", "PLSCENES", "PMTiles", "S57", "SQLite", "SXF", "Selafin", "TopoJSON", "VDV"),
    *("VFK", "VICAR", "WAsP", "WFS", "XLSX"),
    *("VRT", "WMS", "WCS", "WMTS", "GTI", "STACIT", "STACTA", "EEDAI", "DAAS", "PLMOSAIC"),
    *("netCDF", "HDF5", "HDF5Image", "BAG", "DERIVED", "MRF", "Zarr", "KMLSUPEROVERLAY", "ESRIC"),
    *("GRIB", "SAFE", "SENTINEL2", "Rasterlite", "DIMAP", "TIL", "ECRGTOC", "RPFTOC"),
)
"""Formats of the GDAL that comes with pyogrio, all but GeoJSON, GPKG, ESRI Shapefile and OSM, and
those of rasterio's that point to other files; rasterio is also given the one format by name."""


def library_environment(folder: Path) -> dict[str, str]:
    """Environment in which the libraries open nothing but what they are handed.

    Parameters
    ----------
    folder : Path
        Private folder of the process: its temporary files.

    Returns
    -------
    dict of str
        The current environment without jdzfire's own variables (they may hold secrets), with one
        thread a library, and GDAL, PROJ and HDF5 shut to the network, side-cars and plug-ins.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JDZFIRE_", "PREFECT_", "GDAL_", "OGR_", "CPL_", "AWS_"))
    }
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "GDAL", "ARROW_IO")
    return {
        **kept,
        **{f"{name}_NUM_THREADS": "1" for name in threads},
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "MALLOC_ARENA_MAX": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PROJ_NETWORK": "OFF",
        "HDF5_PLUGIN_PATH": "::",
        "GDAL_SKIP": ",".join(_GDAL_SKIPPED),
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GDAL_HTTP_MAX_RETRY": "0",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing",
        "CPL_VSIL_CURL_USE_HEAD": "NO",
        "OGR_SQLITE_LOAD_EXTENSIONS": "",
        "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
        "SHAPE_RESTORE_SHX": "NO",
    }


def limit_memory(bytes_max: int) -> None:
    """Let this process take so many bytes more than it has now, and no core file when it dies."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # private writable memory, not the address space of libraries
        fields = dict(
            line.split(":", 1)
            for line in Path("/proc/self/status").read_text().splitlines()
            if ":" in line
        )
        held = int(fields["VmData"].split()[0]) << 10
        resource.setrlimit(resource.RLIMIT_DATA, (held + bytes_max, held + bytes_max))


def limit_time(seconds: float) -> None:
    """Let this process compute so many seconds more before the system ends it."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def confine(*, readable: Iterable[Path], writable: Path) -> int:
    """Let this process open no other files and no connection, for ever.

    Call it while there is one thread: those begun later inherit it.

    Parameters
    ----------
    readable : iterable of Path
        Files and folders that may be read: the program itself.
    writable : Path
        The one folder that may be written.

    Returns
    -------
    int
        Version of Landlock that holds the files; 0 when the system has none, and Python's audit
        hook alone refuses connections and other processes.
    """
    sys.addaudithook(_refuse)
    return _landlock(readable, writable) if sys.platform == "linux" else 0


def program_paths() -> list[Path]:
    """What Python and the libraries read: the interpreter, packages, the system's libraries."""
    found = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)}
    found |= {Path(entry) for entry in sys.path if entry.endswith(("-packages", ".zip"))}
    found.add(Path(__file__).resolve().parents[1])
    system = (
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/etc/mime.types",
    )
    devices = ("/dev/null", "/dev/urandom", "/proc/self", "/proc/meminfo", "/proc/cpuinfo")
    return [path for path in [*found, *map(Path, (*system, *devices))] if path.exists()]


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    del arguments
    if event in _REFUSED:
        raise PermissionError(f"a reader does not do {event}")


def _landlock(readable: Iterable[Path], writable: Path) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return 0
    rights = (1 << _FS_BITS.get(version, 16)) - 1
    attributes = [rights]
    if version >= 4:
        attributes.append(3)  # bind and connect of TCP
    if version >= 6:
        attributes.append(3)  # signals and abstract sockets of others
    packed = struct.pack(f"{len(attributes)}Q", *attributes)
    ruleset = libc.syscall(_CREATE_RULESET, packed, len(packed), 0)
    if ruleset < 0:
        return 0
    try:
        reading = {path: _READ_FILE | (_READ_DIR if path.is_dir() else 0) for path in readable}
        for path, allowed in {**reading, writable: rights & ~_EXECUTE}.items():
            _allow(libc, ruleset, path, allowed)
        if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(_RESTRICT_SELF, ruleset, 0):
            return 0
    finally:
        os.close(ruleset)
    return int(version)


def _allow(libc: Any, ruleset: int, path: Path, allowed: int) -> None:
    if path == Path("/dev/null"):
        allowed |= _WRITE_FILE
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", allowed, descriptor)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
