"""Publish: the board of a moment, drawn and published atomically."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang, check_lang
from jdzfire.board.moments import next_moment
from jdzfire.board.public_edition import public_edition
from jdzfire.maps.renewed import renew_page, renewed_part
from jdzfire.queries.base_map import tile_url_of
from jdzfire.queries.feed_board import load_feed_board
from jdzfire.queries.knowledge import digest, knowledge_of
from jdzfire.site.front_page import draw_front
from jdzfire.site.status import renew_status, status_text
from jdzfire.store.atomic import shown_data_at
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
from jdzfire.workspace import Workspace

EDITIONS: tuple[Edition, ...] = ("internal", "public")


@dataclass(frozen=True)
class _Standing:
    """An edition that shows what would be drawn now, but for what is renewed."""

    files: dict[str, bytes]
    """What it shows."""
    drawn_at: datetime
    """Data time of its run."""


@dataclass(frozen=True)
class _Drawn:
    """Editions that were drawn."""

    files: dict[Edition, dict[str, bytes]]
    """By edition."""
    until: datetime
    """When they must be drawn anew though nothing came in."""


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
    renewed = _renew(workspace, standing, at) if standing else {}
    drawn = _draw(workspace, to_draw, speech, at) if to_draw else _Drawn({}, at)
    site, keep = workspace.home.published_dir, workspace.settings.publish_keep
    keep_bytes = workspace.settings.publish_keep_mb << 20
    shown: dict[str, Path] = {}
    notes = dict(load_cycle_note(workspace.home, "drawn"))
    with lock_site(site):
        for edition, files in renewed.items():
            if renew_shown(site, edition, files, data_at=standing[edition].drawn_at):
                shown[edition] = site / edition
        for edition, files in drawn.files.items():
            if publish_run(site, edition, files, data_at=at):
                shown[edition] = site / edition
                notes[edition] = {
                    "made_of": made_of,
                    "at": at.astimezone(UTC).isoformat(),
                    "until": drawn.until.astimezone(UTC).isoformat(),
                }
        runs = [vars(run) for run in load_runs(site, keep=keep, keep_bytes=keep_bytes)]
        write_front(site, draw_front(runs, city=workspace.settings.city, lang=speech))
        if drawn.files:
            prune_runs(site, keep=keep, keep_bytes=keep_bytes)
            save_cycle_note(workspace.home, "drawn", notes)
    return shown


def _draw(workspace: Workspace, editions: Sequence[Edition], lang: Lang, at: datetime) -> _Drawn:
    # most of a second of imports
    from jdzfire.pipeline.draw import draw_edition, remembered_shells
    from jdzfire.queries.board import load_board

    board = load_board(workspace, at=at)
    with remembered_shells(workspace.home):
        files = {name: draw_edition(workspace, board, name, lang) for name in editions}
    return _Drawn(files, next_moment(board))


def _made_of(workspace: Workspace, lang: Lang) -> str:
    """Digest of what the editions are drawn from; newest data and observations are renewed."""
    feeds = workspace.ledger.load_feeds()[["feed", "state"]].to_csv(index=False)
    return digest(knowledge_of(workspace).drawn_from, feeds, lang, tile_url_of(workspace) or "")


def _standing(
    workspace: Workspace, edition: Edition, noted: Mapping[str, Any], made_of: str, at: datetime
) -> _Standing | None:
    """What an edition shows, when it is what would be drawn now."""
    if noted.get("made_of") != made_of:
        return None
    drawn_at, until = map(datetime.fromisoformat, (noted["at"], noted["until"]))
    site = workspace.home.published_dir
    if not drawn_at <= at < until or shown_data_at(site / edition) != drawn_at:
        return None
    files = load_shown(site, edition)
    return None if files is None else _Standing(files, drawn_at)


def _renew(
    workspace: Workspace, standing: Mapping[Edition, _Standing], at: datetime
) -> dict[Edition, dict[str, bytes]]:
    board = load_feed_board(workspace, at=at)
    return {edition: _renewed(board, edition, it.files) for edition, it in standing.items()}


def _renewed(board: Board, edition: Edition, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of an edition with its page and status brought up to this board."""
    if edition == "public":
        board = public_edition(board)
    page = renew_page(files["index.html"], renewed_part(board))
    beside = {**files, "index.html": page}
    manifest, before = beside.pop("manifest.json"), json.loads(beside.pop("status.json"))
    status = renew_status(before, board, files=beside)
    return {**beside, "status.json": status_text(status), "manifest.json": manifest}
