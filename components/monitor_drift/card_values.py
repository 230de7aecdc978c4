"""What knowledge cards say, one column a relation: frequent values, new ones, and cards without any."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import duckdb
import pyarrow as pa

from airloom.knowledge.build_cards import KNOWLEDGE_CLAIMS
from airloom.knowledge.claims import Relation
from airloom.logs.lake import Lake
from components.monitor_drift.settings import DriftSettings

CARD_COLUMNS: Final = {relation: f"cards: {relation.replace('_', ' ')}" for relation in Relation}
"""Relation to the name of its column."""
NO_VALUE: Final = "(no value)"
"""The card has no claim of the relation."""
NEW_VALUE: Final = "(new value)"
"""No card of the reference has the value."""

# A card of one day is drawn by its hash: it does not depend on the others.
_DRAWN: Final = """
CREATE TABLE drawn AS
SELECT dt, dt = $day AS is_current, object_id FROM (SELECT DISTINCT dt, object_id FROM claims)
QUALIFY row_number() OVER (PARTITION BY is_current ORDER BY hash(object_id, dt), object_id, dt) <= $rows
"""
_VALUES: Final = """
CREATE TABLE card_values AS
WITH of_reference AS (SELECT DISTINCT relation, value, false AS is_new FROM claims WHERE dt < $day)
SELECT DISTINCT dt, object_id, relation,
       CASE WHEN coalesce(is_new, true) THEN $new_value ELSE value END AS value
FROM claims SEMI JOIN drawn USING (dt, object_id) LEFT JOIN of_reference USING (relation, value)
"""
_OF_RELATION: Final = """
SELECT coalesce(value, $no_value) AS value
FROM drawn LEFT JOIN (FROM card_values WHERE relation = $relation) USING (dt, object_id)
WHERE is_current = $side ORDER BY ALL
"""


def card_columns(
    lake: Lake, day: date, settings: DriftSettings
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Return the columns of the day's cards and of those of the reference; none where there are no cards.

    A card has one row for each of its values, or one that says it has none. A relation without any claim on
    either side has no column; one whose claims are gone has.

    Args:
        lake: Holds the cards.
        day: The day.
        settings: Days of the reference, and how many cards of a side are drawn.
    """
    first = day - timedelta(days=settings.reference_days)
    claims = lake.dataset(KNOWLEDGE_CLAIMS, since=first, through=day, with_day=True)
    with duckdb.connect() as connection:
        connection.register("claims", claims)
        connection.execute(_DRAWN, {"day": day, "rows": settings.rows}).fetchall()
        connection.execute(_VALUES, {"day": day, "new_value": NEW_VALUE}).fetchall()
        claimed = connection.execute("SELECT DISTINCT relation FROM card_values").fetchall()
        relations = [relation for relation in Relation if (relation.value,) in claimed]
        current, reference = (
            {CARD_COLUMNS[relation]: _column(connection, relation, side=side) for relation in relations}
            for side in (True, False)
        )
    return current, reference


def _column(connection: duckdb.DuckDBPyConnection, relation: Relation, *, side: bool) -> pa.Array:
    values = {"relation": relation.value, "side": side, "no_value": NO_VALUE}
    rows = connection.sql(_OF_RELATION, params=values).to_arrow_table()
    return rows["value"].combine_chunks()
