"""Every file of an edition, drawn of a board."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from jdzfire.alerts.cap import CapOptions
from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from jdzfire.board.public_edition import public_edition
from jdzfire.maps.shells import known_shells, learn_shells
from jdzfire.provenance import product_note
from jdzfire.queries.base_map import tile_url_of
from jdzfire.queries.knowledge import program_digest
from jdzfire.site.publishers import PUBLISHERS, publish_alerts
from jdzfire.site.status import describe_status, status_text
from jdzfire.store.derived import load_derived, save_derived
from jdzfire.store.home import Home
from jdzfire.triage.rules import rules_version
from jdzfire.workspace import Workspace, watched_bbox

_SHELLS = "page-shells"


@contextmanager
def remembered_shells(home: Home) -> Iterator[None]:
    """Let the block start from the shells that an earlier process drew, and keep new ones.

    Folium is imported only when a shell is drawn.
    """
    made_of = f"{program_digest()} {version('folium')}"
    kept = load_derived(home, _SHELLS, made_of=made_of)
    if kept is not None:
        learn_shells(kept)
    yield
    known = known_shells()
    if known != kept:
        save_derived(home, _SHELLS, known, made_of=made_of)


def draw_edition(
    workspace: Workspace, board: Board, edition: Edition, lang: Lang
) -> dict[str, bytes]:
    """Every file of an edition, its note and its status among them."""
    if edition == "public":
        board = public_edition(board)
    inputs = workspace.ledger.load_inputs()
    if edition == "public":  # the sha256 of one report could be guessed from its place
        inputs = inputs[inputs["kind"] != "ground"]
    note = product_note(
        data_at=board.now,
        inputs=inputs["sha256"],
        rules_version=rules_version(workspace.settings.triage),
    )
    files: dict[str, bytes] = {}
    for publisher in PUBLISHERS.values():
        files |= publisher(board, edition=edition, lang=lang, tile_url=tile_url_of(workspace))
    files |= publish_alerts(
        board,
        files,
        edition=edition,
        bbox=watched_bbox(workspace),
        rules_version=note["rules_version"],
        options=CapOptions(workspace.settings.cap_sender, workspace.settings.cap_status),
        previous=_alerts_sent(workspace.home.published_dir / edition),
    )
    status = describe_status(board, edition=edition, note=note, files=files)
    return {
        **files,
        "status.json": status_text(status),
        "manifest.json": json.dumps(note, indent=1).encode(),
    }


def _alerts_sent(target: Path) -> dict[str, bytes] | None:
    """CAP messages in a published folder; None when there was none yet."""
    folder = target / "exports" / "cap"
    if not (target / "exports").is_dir():
        return None
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
