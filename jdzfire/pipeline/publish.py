"""Publish: the board of a moment, drawn and published atomically."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jdzfire.alerts.cap import CapOptions
from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang, check_lang
from jdzfire.board.public_edition import public_edition
from jdzfire.maps.basemaps import LOCAL, local_tile_url
from jdzfire.provenance import product_note
from jdzfire.queries.board import load_board
from jdzfire.site.front_page import draw_front
from jdzfire.site.publishers import PUBLISHERS, publish_alerts
from jdzfire.site.status import describe_status
from jdzfire.store.basemap import load_basemap
from jdzfire.store.site import load_runs, lock_site, prune_runs, publish_run, write_front
from jdzfire.triage.rules import rules_version
from jdzfire.workspace import Workspace, watched_bbox

EDITIONS: tuple[Edition, ...] = ("internal", "public")


def publish_editions(
    workspace: Workspace,
    *,
    at: datetime,
    editions: Sequence[Edition] = EDITIONS,
    lang: str | None = None,
) -> dict[str, Path]:
    """Draw every edition and publish it; an older board never replaces a newer one.

    Each run stays in a dated folder, the last ``publish_keep`` of them; the front page of the
    site lists them. All is drawn before anything is changed.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
    editions : sequence of "internal", "public"
    lang : str, optional
        Default: that of the settings.

    Returns
    -------
    dict of Path
        Folder of each edition that was published; an edition already newer is left out.
    """
    board = load_board(workspace, at=at)
    speech = check_lang(lang or workspace.settings.lang)
    drawn = {edition: _draw(workspace, board, edition, speech) for edition in editions}
    site, keep = workspace.home.published_dir, workspace.settings.publish_keep
    keep_bytes = workspace.settings.publish_keep_mb << 20
    shown: dict[str, Path] = {}
    with lock_site(site):
        for edition, files in drawn.items():
            if publish_run(site, edition, files, data_at=at):
                shown[edition] = site / edition
        runs = [vars(run) for run in load_runs(site, keep=keep, keep_bytes=keep_bytes)]
        write_front(site, draw_front(runs, city=workspace.settings.city, lang=speech))
        prune_runs(site, keep=keep, keep_bytes=keep_bytes)
    return shown


def _draw(workspace: Workspace, board: Board, edition: Edition, lang: Lang) -> dict[str, bytes]:
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
        files |= publisher(board, edition=edition, lang=lang, tile_url=_tile_url(workspace))
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
        "status.json": (json.dumps(status, ensure_ascii=False, indent=1) + "\n").encode(),
        "manifest.json": json.dumps(note, indent=1).encode(),
    }


def _tile_url(workspace: Workspace) -> str | None:
    """The base map of the settings; without the unpacked one the page draws its own."""
    if workspace.settings.tile_url != LOCAL:
        return workspace.settings.tile_url
    kept = load_basemap(workspace.home.published_dir)
    return None if kept is None else local_tile_url(kept.zooms, kept.extension, kept.attribution)


def _alerts_sent(target: Path) -> dict[str, bytes] | None:
    """CAP messages in a published folder; None when there was none yet."""
    folder = target / "exports" / "cap"
    if not (target / "exports").is_dir():
        return None
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
