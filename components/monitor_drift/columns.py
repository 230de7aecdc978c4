"""The columns that are compared, from the lake: one row an event, a user-day, an impression."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import EVENTS, EXPOSURES
from airloom.logs.degradation import NOT_BY_RANKER
from airloom.logs.lake import Lake
from airloom.logs.returns import IS_RETURN
from airloom.timestamps import MICROS_PER_DAY, SECONDS_PER_DAY, days_since_epoch
from components.monitor_drift.behavior_outcomes import OUTCOME_COLUMN, behavior_columns
from components.monitor_drift.card_values import CARD_COLUMNS, NEW_VALUE, card_columns
from components.monitor_drift.settings import DriftSettings
from feature_repo.tables import OBJECT_INTENTS, OBJECT_PROFILE, USER_HISTORY

CATEGORIES: Final = frozenset(
    {
        "events: action",
        "intents: covered",
        "intents: root node",
        "intents: leaf node",
        "scores: variant",
        "scores: degraded",
        *CARD_COLUMNS.values(),
        OUTCOME_COLUMN,
    }
)
"""Columns of categories; all others hold numbers."""

MAX_CATEGORIES: Final = 20
"""Most frequent values of the reference that are kept; the rest is "other"."""


class Columns(NamedTuple):
    """Column name ("group: what") to its values; columns of different groups have different lengths."""

    current: dict[str, pa.Array]
    reference: dict[str, pa.Array]


# A row is drawn by its hash: no row depends on how many others there are, or on their order.
_EVENTS = f"""
CREATE TABLE drawn AS
SELECT *, count(*) OVER (PARTITION BY object_id, day) / count(*) OVER (PARTITION BY day) AS popularity
FROM (SELECT user_id, object_id, domain, action, dwell_s, unit_price, epoch_us(ts) AS ts_us,
             epoch_us(ts) // {MICROS_PER_DAY} = $day AS is_current, epoch_us(ts) // {MICROS_PER_DAY} AS day
      FROM events WHERE NOT {IS_RETURN})
QUALIFY row_number() OVER (PARTITION BY is_current ORDER BY hash(user_id, object_id, action, ts_us), ts_us,
                           user_id, object_id, action) <= $rows
"""  # noqa: S608 - constants only

_INTENTS = """
CREATE TABLE intents AS
WITH newest AS (
    SELECT object_id, nodes, lengths, confidences FROM object_intents
    WHERE len(lengths) > 0
    QUALIFY row_number() OVER (PARTITION BY object_id ORDER BY event_timestamp DESC) = 1
), strongest AS (
    SELECT *, list_position(confidences, list_max(confidences)) AS best FROM newest
)
SELECT object_id, confidences[best]::DOUBLE AS confidence,
       nodes[coalesce(list_sum(lengths[1:best - 1]), 0)::BIGINT + 1] AS root,
       nodes[list_sum(lengths[1:best])::BIGINT] AS leaf
FROM strongest
"""

_HISTORIES = f"""
CREATE TABLE histories AS
SELECT user_id, hash(user_id, day) AS hashed, day = $day AS is_current, len(timestamps) AS "history length",
       len(list_filter(timestamps, lambda t: t // {SECONDS_PER_DAY} = day)) AS "events a day"
FROM (SELECT user_id, timestamps, epoch_us(event_timestamp) // {MICROS_PER_DAY} - 1 AS day FROM user_history)
QUALIFY row_number() OVER (PARTITION BY is_current ORDER BY hashed, user_id) <= $rows
"""  # noqa: S608 - constants only

_EXPOSURES = f"""
CREATE TABLE impressions AS
SELECT request_id, user_id, epoch_us(ts) AS ts_us, position, ts_us // {MICROS_PER_DAY} = $day AS is_current,
       score, variant,
       CASE WHEN list_has_any(coalesce(degraded, []), $fallbacks) THEN 'yes' ELSE 'no' END AS degraded
FROM exposures
QUALIFY row_number() OVER (
            PARTITION BY is_current ORDER BY hash(request_id, position), request_id, position, user_id, ts_us
        ) <= $rows
"""  # noqa: S608 - constants only

_GROUPS: Final = {
    "events": """
        SELECT action, dwell_s AS "dwell seconds", unit_price AS price, ln(popularity) AS "log popularity"
        FROM drawn WHERE is_current = $side ORDER BY ts_us, user_id, object_id, action
    """,
    "intents": """
        SELECT CASE WHEN root IS NULL THEN 'no' ELSE 'yes' END AS covered, 'node ' || root AS "root node",
               'node ' || leaf AS "leaf node", confidence
        FROM drawn LEFT JOIN intents USING (object_id)
        WHERE domain = 'content' AND is_current = $side ORDER BY ts_us, user_id, object_id, action
    """,
    "features": """
        SELECT "history length", "events a day" FROM histories WHERE is_current = $side
        ORDER BY hashed, user_id
    """,
    "scores": """
        SELECT score, variant, degraded FROM impressions WHERE is_current = $side
        ORDER BY request_id, position, user_id, ts_us
    """,
}
"""What is compared: the day's rows where $side is true, the reference's where it is false."""


def read_columns(lake: Lake, day: date, settings: DriftSettings) -> Columns:
    """Return the columns of `day` and of its reference, at most `rows` rows of a table and side."""
    first = day - timedelta(days=settings.reference_days)
    numbers: dict[str, object] = {"day": days_since_epoch(day), "rows": settings.rows}
    with duckdb.connect() as connection:
        for name, table in (("events", EVENTS), ("exposures", EXPOSURES), ("user_history", USER_HISTORY)):
            connection.register(name, lake.dataset(table, since=first, through=day))
        for name, table in (("object_intents", OBJECT_INTENTS), ("object_profile", OBJECT_PROFILE)):
            connection.register(name, lake.dataset(table, through=day))
        for statement in (_EVENTS, _HISTORIES):
            connection.execute(statement, numbers).fetchall()
        connection.execute(_EXPOSURES, numbers | {"fallbacks": list(NOT_BY_RANKER)}).fetchall()
        connection.execute(_INTENTS).fetchall()
        current, reference = _values(connection, side=True), _values(connection, side=False)
        _add_similarity(connection, current, reference)
    for columns in (card_columns, behavior_columns):
        of_day, of_reference = columns(lake, day, settings)
        current, reference = current | of_day, reference | of_reference
    for name in CATEGORIES & current.keys():
        _keep_common(current, reference, name)
    return Columns(current, reference)


def _values(connection: duckdb.DuckDBPyConnection, *, side: bool) -> dict[str, pa.Array]:
    return {
        f"{group}: {name}": column.combine_chunks()
        for group, query in _GROUPS.items()
        for name, column in _named(connection.sql(query, params={"side": side}).to_arrow_table())
    }


def _named(rows: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    return list(zip(rows.column_names, rows.columns, strict=True))


def _add_similarity(
    connection: duckdb.DuckDBPyConnection, current: dict[str, pa.Array], reference: dict[str, pa.Array]
) -> None:
    """Add the cosine of every event's object with the mean object of the reference: one number an event.

    A shift of what people look at moves it, at a thousandth of the cost of comparing embeddings.
    """
    rows = connection.sql(
        """
        WITH newest AS (
            SELECT object_id, embedding FROM object_profile SEMI JOIN drawn USING (object_id)
            QUALIFY row_number() OVER (PARTITION BY object_id ORDER BY event_timestamp DESC) = 1
        )
        SELECT object_id, embedding FROM newest ORDER BY object_id
        """
    ).to_arrow_table()
    events = connection.sql(
        "SELECT is_current, object_id FROM drawn SEMI JOIN object_profile USING (object_id) "
        "ORDER BY ts_us, user_id, object_id, action"
    ).to_arrow_table()
    values = np.asarray(rows["embedding"].combine_chunks().flatten())
    vectors = values.reshape(len(rows), len(values) // max(1, len(rows)))
    indices = np.asarray(pc.index_in(events["object_id"], rows["object_id"].combine_chunks()))
    is_current = np.asarray(events["is_current"]).astype(bool)
    weights = np.bincount(indices[~is_current], minlength=len(rows)).astype(np.float64)
    middle = weights @ vectors
    cosines = vectors @ middle / max(float(np.linalg.norm(middle)), 1e-12)
    current["features: similarity to usual"] = pa.array(cosines[indices[is_current]])
    reference["features: similarity to usual"] = pa.array(cosines[indices[~is_current]])


def _keep_common(current: dict[str, pa.Array], reference: dict[str, pa.Array], name: str) -> None:
    counts = sorted(
        (-count["counts"], count["values"])
        for count in pc.value_counts(reference[name].drop_null()).to_pylist()
    )
    common = pa.array([NEW_VALUE, *(value for _, value in counts[:MAX_CATEGORIES])], pa.string())
    for side in (current, reference):
        kept = pc.or_kleene(pc.is_in(side[name], common), pc.is_null(side[name]))
        side[name] = pc.if_else(kept, side[name], "other")
