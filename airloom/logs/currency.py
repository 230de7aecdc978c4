"""The currency of a shop's prices."""

from __future__ import annotations

from datetime import date

import duckdb

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake


def shop_currency(lake: Lake, *, through: date | None = None) -> str:
    """Return the currency of the catalogue, else of the orders; empty if none or several are named.

    Args:
        lake: Has both.
        through: The last day that counts; all days by default.
    """
    with duckdb.connect() as connection:
        for table in (OBJECTS, EVENTS):
            connection.register("rows", lake.dataset(table, through=through))
            named = connection.sql(
                "SELECT DISTINCT currency FROM rows WHERE currency IS NOT NULL LIMIT 2"
            ).fetchall()
            if named:
                return str(named[0][0]) if len(named) == 1 else ""
    return ""
