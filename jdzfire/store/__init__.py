"""KEEP: the rim that stores what the house was given and what it decided.

Here lie the working folder, the raw bytes, the hotspot archive, the registers, the ledger and
the publishing of folders. What the data mean is not known here.
"""

from jdzfire.store.archive import (
    append_hotspots,
    archive_months,
    compact_archive,
    load_hotspots,
    load_versions,
    newest_of_feeds,
)
from jdzfire.store.archive_digest import archive_digest, replace_archive
from jdzfire.store.atomic import publish_folder, verify_folder, write_atomic
from jdzfire.store.backup import (
    Backup,
    list_backups,
    load_backup,
    restore_file,
    restore_home,
    save_backup,
)
from jdzfire.store.basemap import Basemap, keep_basemap, load_basemap, remove_basemap
from jdzfire.store.grids import grid_path, save_grid
from jdzfire.store.home import Home, lock_home, open_home, sweep_home
from jdzfire.store.kept import check_kept, list_damage, load_kept
from jdzfire.store.ledger import Ledger
from jdzfire.store.ledger_file import ledger_problem
from jdzfire.store.ledger_open import open_ledger
from jdzfire.store.mending import kept_evidence, move_aside, remake_kept, rewrite_marker
from jdzfire.store.raw import keep_raw, keep_raw_file, load_raw, raw_path, raw_problem
from jdzfire.store.register_history import diff_register, undo_register
from jdzfire.store.registers import load_register, register_versions, save_register
from jdzfire.store.rejected import keep_rejected, load_rejected
from jdzfire.store.site import Run, load_runs, lock_site, prune_runs, put_up_run, write_front

__all__ = [
    "Backup",
    "Basemap",
    "Home",
    "Ledger",
    "Run",
    "append_hotspots",
    "archive_digest",
    "archive_months",
    "check_kept",
    "compact_archive",
    "diff_register",
    "grid_path",
    "keep_basemap",
    "keep_raw",
    "keep_raw_file",
    "keep_rejected",
    "kept_evidence",
    "ledger_problem",
    "list_backups",
    "list_damage",
    "load_backup",
    "load_basemap",
    "load_hotspots",
    "load_kept",
    "load_raw",
    "load_register",
    "load_rejected",
    "load_runs",
    "load_versions",
    "lock_home",
    "lock_site",
    "move_aside",
    "newest_of_feeds",
    "open_home",
    "open_ledger",
    "prune_runs",
    "publish_folder",
    "put_up_run",
    "raw_path",
    "raw_problem",
    "register_versions",
    "remake_kept",
    "remove_basemap",
    "replace_archive",
    "restore_file",
    "restore_home",
    "rewrite_marker",
    "save_backup",
    "save_grid",
    "save_register",
    "sweep_home",
    "undo_register",
    "verify_folder",
    "write_atomic",
    "write_front",
]
