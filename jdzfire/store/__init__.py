"""KEEP: the rim that stores what the house was given and what it decided.

Here lie the working folder, the raw bytes, the hotspot archive, the registers, the ledger and
the publishing of folders. What the data mean is not known here.
"""

from jdzfire.store.archive import append_hotspots, archive_months, load_hotspots
from jdzfire.store.atomic import publish_folder, verify_folder, write_atomic
from jdzfire.store.grids import grid_path, save_grid
from jdzfire.store.home import Home, lock_home, open_home, sweep_home
from jdzfire.store.ledger import Ledger, open_ledger
from jdzfire.store.raw import keep_raw, load_raw
from jdzfire.store.registers import load_register, register_versions, save_register
from jdzfire.store.rejected import keep_rejected, load_rejected

__all__ = [
    "Home",
    "Ledger",
    "append_hotspots",
    "archive_months",
    "grid_path",
    "keep_raw",
    "keep_rejected",
    "load_hotspots",
    "load_raw",
    "load_register",
    "load_rejected",
    "lock_home",
    "open_home",
    "open_ledger",
    "publish_folder",
    "register_versions",
    "save_grid",
    "save_register",
    "sweep_home",
    "verify_folder",
    "write_atomic",
]
