"""Transactions of the ledger: one for each call, or one for several calls together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from jdzfire.store.home import Home
from jdzfire.store.ledger_engine import translate_faults
from jdzfire.store.ledger_file import break_seal, seal_ledger


class LedgerBase:
    """Connections of a ledger; a ``with`` block closes it."""

    def __init__(self, engine: sa.Engine, home: Home | None = None) -> None:
        self._engine = engine
        self._home = home  # of the SQLite file that is sealed; None of another database
        self._has_written = False
        self._joined: sa.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections; the ledger opens new ones when it is used again."""
        if self._has_written and self._home is not None:
            seal_ledger(self._engine, self._home)
            self._has_written = False
        self._engine.dispose()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all that the block reads and writes be one transaction: all of it or nothing.

        Not for several threads at once on one ledger: each opens its own.
        """
        with self._writing() as connection:
            self._joined = connection
            try:
                yield
            finally:
                self._joined = None

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        if self._joined is not None:
            yield self._joined
            return
        with (
            translate_faults(self._engine),
            self._engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        if self._joined is not None:
            yield self._joined
            return
        with translate_faults(self._engine), self._engine.connect() as connection:
            writer = connection.execution_options(jdzfire_writes=True)
            with writer.begin():
                if self._home is not None:
                    break_seal(self._home)
                    self._has_written = True
                yield writer
