"""What followed from what was shown, by where it was shown: ranked pages, answers to requests in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa

from airloom.experiments.metrics import METRICS

_COLUMNS: Final = ("impressions", "page_clicks", "page_orders", "page_gmv")
METRICS_OF_SURFACES: Final = tuple(
    metric for metric in METRICS if {metric.numerator, metric.denominator} <= set(_COLUMNS)
)
"""Metrics of what was shown; those of users belong to no surface, as a user may see several."""

_SURFACES = """
WITH shown AS (
    SELECT surface, variant, count(DISTINCT user_id) AS users, count(*) AS impressions
    FROM impressions SEMI JOIN exposed_users USING (user_id)
    GROUP BY ALL
), followed AS (
    SELECT surface, variant,
           count(DISTINCT (user_id, request_id, object_id, shown_us)) FILTER (action = $click) AS page_clicks,
           sum(is_ordered) AS page_orders, sum(value) AS page_gmv
    FROM on_page JOIN exposed_users USING (user_id)
    GROUP BY ALL
)
SELECT surface, variant, users, impressions, coalesce(page_clicks, 0)::BIGINT AS page_clicks,
       coalesce(page_orders, 0)::BIGINT AS page_orders, coalesce(page_gmv, 0)::DOUBLE AS page_gmv
FROM shown LEFT JOIN followed USING (surface, variant)
ORDER BY surface, variant
"""

NO_SURFACES: Final = pa.schema(
    [
        ("surface", pa.string()),
        ("variant", pa.string()),
        ("users", pa.int64()),
        *((name, pa.int64()) for name in _COLUMNS[:-1]),
        (_COLUMNS[-1], pa.float64()),
    ]
).empty_table()


class OnSurface(NamedTuple):
    """One variant on one surface.

    Attributes:
        surface: Its name.
        variant: Its name.
        users: Who saw it there.
        impressions: Products that they were shown there.
        values: Of `METRICS_OF_SURFACES` by name, NaN where undefined; neither capped nor adjusted.
    """

    surface: str
    variant: str
    users: int
    impressions: int
    values: Mapping[str, float]


def read_surfaces(connection: duckdb.DuckDBPyConnection, *, click: str) -> pa.Table:
    """Return one row for each surface and variant, in the columns of `NO_SURFACES`.

    Args:
        connection: Has the tables `impressions`, `exposed_users` and `on_page`.
        click: The action.
    """
    return connection.sql(_SURFACES, params={"click": click}).to_arrow_table()


def on_surfaces(surfaces: pa.Table) -> list[OnSurface]:
    """Return the same as values of metrics."""
    return [
        OnSurface(
            row["surface"],
            row["variant"],
            row["users"],
            row["impressions"],
            {
                metric.name: metric.value(row[metric.numerator], row[str(metric.denominator)])
                for metric in METRICS_OF_SURFACES
            },
        )
        for row in surfaces.to_pylist()
    ]
