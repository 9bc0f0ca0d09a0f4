"""The log of burns in the ledger: lit, dead out, called off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa

from jdzfire.schemas import BURN_LOG, storable_text
from jdzfire.store import ledger_schema as sql
from jdzfire.store.ledger_base import LedgerBase
from jdzfire.store.ledger_rows import select_some


class BurnTables(LedgerBase):
    """The methods of a ledger on burns."""

    def note_burn(self, line: Mapping[str, Any]) -> bool:
        """Add a line [BURN_LOG without ``seq``]; False when its token was taken before."""
        row = {
            name: storable_text(value) if isinstance(value, str) else value
            for name, value in line.items()
        }
        with self._writing() as connection:
            held = sa.select(sql.burn_log.c.seq).where(sql.burn_log.c.token == row["token"])
            if connection.execute(held).one_or_none() is not None:
                return False
            connection.execute(sa.insert(sql.burn_log), row)
            return True

    def has_burn_token(self, token: str) -> bool:
        """Whether a line with this token was added before."""
        with self._reading() as connection:
            held = sa.select(sql.burn_log.c.seq).where(sql.burn_log.c.token == storable_text(token))
            return connection.execute(held).one_or_none() is not None

    def load_burn_log(self, permit_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """The log [BURN_LOG] of some permits or all, the oldest first."""
        with self._reading() as connection:
            query, key = sa.select(sql.burn_log), sql.burn_log.c.permit_id
            return select_some(connection, query, BURN_LOG, key, permit_ids, ["seq"])
