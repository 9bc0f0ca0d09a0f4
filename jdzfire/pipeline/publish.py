"""Publish: the board of a moment, drawn and published atomically."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jdzfire.alerts.cap import CapOptions
from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang, check_lang
from jdzfire.board.moments import next_moment
from jdzfire.board.public_edition import public_edition
from jdzfire.board.wording import iso_utc
from jdzfire.maps.basemaps import LOCAL, local_tile_url
from jdzfire.maps.renewed import renew_page, renewed_part
from jdzfire.provenance import product_note
from jdzfire.queries.board import load_board, load_feed_board
from jdzfire.queries.knowledge import digest, knowledge_of
from jdzfire.site.front_page import draw_front
from jdzfire.site.publishers import PUBLISHERS, publish_alerts
from jdzfire.site.status import describe_status, renew_status
from jdzfire.store.basemap import load_basemap
from jdzfire.store.cycle_note import load_cycle_note, save_cycle_note
from jdzfire.store.site import (
    load_runs,
    load_shown,
    lock_site,
    prune_runs,
    publish_run,
    renew_shown,
    write_front,
)
from jdzfire.triage.rules import rules_version
from jdzfire.workspace import Workspace, watched_bbox

EDITIONS: tuple[Edition, ...] = ("internal", "public")


@dataclass(frozen=True)
class _Standing:
    """An edition that shows what would be drawn now, but for what is renewed."""

    files: dict[str, bytes]
    drawn_at: datetime


def publish_editions(
    workspace: Workspace,
    *,
    at: datetime,
    editions: Sequence[Edition] = EDITIONS,
    lang: str | None = None,
    is_anew: bool = True,
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
    is_anew : bool
        Draw even what did not change. Without it an edition whose board is as it was drawn stays,
        and only says when it was checked, how the feeds do, and what was last observed.

    Returns
    -------
    dict of Path
        Folder of each edition that was published or renewed; one already newer is left out.
    """
    speech = check_lang(lang or workspace.settings.lang)
    made_of = _made_of(workspace, speech)
    noted = {} if is_anew else load_cycle_note(workspace.home, "drawn")
    standing = {
        edition: found
        for edition in editions
        if (found := _standing(workspace, edition, noted.get(edition, {}), made_of, at))
    }
    to_draw = [edition for edition in editions if edition not in standing]
    board = load_board(workspace, at=at) if to_draw else load_feed_board(workspace, at=at)
    drawn = {edition: _draw(workspace, board, edition, speech) for edition in to_draw}
    site, keep = workspace.home.published_dir, workspace.settings.publish_keep
    keep_bytes = workspace.settings.publish_keep_mb << 20
    shown: dict[str, Path] = {}
    notes = dict(load_cycle_note(workspace.home, "drawn"))
    with lock_site(site):
        for edition, found in standing.items():
            files = _renewed(board, edition, found.files)
            if renew_shown(site, edition, files, data_at=found.drawn_at):
                shown[edition] = site / edition
        for edition, files in drawn.items():
            if publish_run(site, edition, files, data_at=at):
                shown[edition] = site / edition
                notes[edition] = {
                    "made_of": made_of,
                    "until": next_moment(board).timestamp(),
                    "at": at.timestamp(),
                }
        runs = [vars(run) for run in load_runs(site, keep=keep, keep_bytes=keep_bytes)]
        write_front(site, draw_front(runs, city=workspace.settings.city, lang=speech))
        if drawn:
            prune_runs(site, keep=keep, keep_bytes=keep_bytes)
            save_cycle_note(workspace.home, "drawn", notes)
    return shown


def _made_of(workspace: Workspace, lang: Lang) -> str:
    """Digest of what the editions are drawn from; newest data and observations are renewed."""
    feeds = workspace.ledger.load_feeds()[["feed", "state"]].to_csv(index=False)
    return digest(knowledge_of(workspace).drawn_from, feeds, lang)


def _standing(
    workspace: Workspace, edition: Edition, noted: Mapping[str, Any], made_of: str, at: datetime
) -> _Standing | None:
    """What an edition shows, when it is what would be drawn now."""
    if noted.get("made_of") != made_of or not noted["at"] <= at.timestamp() < noted["until"]:
        return None
    files = load_shown(workspace.home.published_dir, edition)
    drawn_at = datetime.fromtimestamp(noted["at"], UTC)
    if files is None or json.loads(files["manifest.json"])["data_at"] != iso_utc(drawn_at):
        return None
    return _Standing(files, drawn_at)


def _renewed(board: Board, edition: Edition, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of an edition with its page and status brought up to this board."""
    if edition == "public":
        board = public_edition(board)
    page = renew_page(files["index.html"], renewed_part(board))
    beside = {**files, "index.html": page}
    manifest, before = beside.pop("manifest.json"), json.loads(beside.pop("status.json"))
    status = renew_status(before, board, files=beside)
    return {**beside, "status.json": _status_text(status), "manifest.json": manifest}


def _status_text(status: Mapping[str, Any]) -> bytes:
    return (json.dumps(status, ensure_ascii=False, indent=1) + "\n").encode()


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
        "status.json": _status_text(status),
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
