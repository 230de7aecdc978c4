"""The currency of the prices that a report shows."""

from __future__ import annotations

import duckdb

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake


def one_currency(lake: Lake) -> str:
    """Return the currency of the catalogue, else of the orders; empty if none or several are named."""
    with duckdb.connect() as connection:
        for table in (OBJECTS, EVENTS):
            connection.register("rows", lake.dataset(table))
            named = connection.sql(
                "SELECT DISTINCT currency FROM rows WHERE currency IS NOT NULL LIMIT 2"
            ).fetchall()
            if named:
                return str(named[0][0]) if len(named) == 1 else ""
    return ""
