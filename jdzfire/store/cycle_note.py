"""What the last cycle found and drew, so that the next one does only what has changed.

The note lies among what may be removed at any time: without it, or with a damaged one, a cycle
judges and draws everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jdzfire.errors import StoreError
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home

_NAME = "cycle.json"


def load_cycle_note(home: Home, step: str) -> Mapping[str, Any]:
    """What a step noted last; empty when it noted nothing that can be read."""
    found = _load(home).get(step)
    return found if isinstance(found, dict) else {}


def save_cycle_note(home: Home, step: str, note: Mapping[str, Any]) -> None:
    """Keep the note of a step; a disk that refuses costs the next cycle time, no data."""
    text = json.dumps({**_load(home), step: dict(note)}, ensure_ascii=False, indent=1)
    with suppress(StoreError, OSError):
        write_atomic(home.derived_dir / _NAME, text.encode())


def _load(home: Home) -> dict[str, Any]:
    try:
        found = json.loads((home.derived_dir / _NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
