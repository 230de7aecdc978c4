"""What exposed users did afterwards, and what they had done before: one row a user."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.experiments.exposures import load_exposures
from airloom.experiments.readout import ReadoutSettings
from airloom.logs.contract import CLICK, EVENTS, ORDER
from airloom.logs.lake import Lake

# Money is summed as decimals: exact, so that the order of the rows cannot show in the last digits.
_DID = """
CREATE TABLE did AS
SELECT e.user_id, e.object_id, e.request_id, e.action, epoch_us(e.ts) AS ts_us, e.currency,
       e.unit_price IS NULL AS unpriced,
       CASE WHEN e.action = $order
            THEN coalesce(e.quantity, 1) * coalesce(e.unit_price, 0)::DECIMAL(18, 6) ELSE 0 END AS value
FROM events AS e SEMI JOIN entered USING (user_id)
WHERE e.action IN ($click, $order) AND epoch_us(e.ts) < $end_us
"""

_USERS = """
WITH afterwards AS (
    SELECT user_id, count(*) FILTER (action = $click) AS clicks, count(*) FILTER (action = $order) AS orders,
           sum(value) AS gmv
    FROM did JOIN entered USING (user_id)
    WHERE ts_us >= since_us
    GROUP BY user_id
), before AS (
    SELECT user_id, count(*) FILTER (action = $click) AS clicks, count(*) FILTER (action = $order) AS orders,
           sum(value) AS gmv
    FROM did
    WHERE ts_us < $start_us
    GROUP BY user_id
), on_page AS (
    SELECT user_id, count(DISTINCT (request_id, object_id)) FILTER (action = $click) AS clicks,
           count(DISTINCT (request_id, object_id)) FILTER (action = $order) AS orders, sum(value) AS gmv
    FROM did SEMI JOIN shown USING (user_id, request_id, object_id)
    GROUP BY user_id
)
SELECT u.user_id, u.variant, ceil(($end_us - u.since_us) / 86400e6)::BIGINT AS days,
       u.impressions, u.degraded,
       coalesce(a.clicks, 0) AS clicks, coalesce(a.orders, 0) AS orders, coalesce(a.gmv, 0)::DOUBLE AS gmv,
       coalesce(p.clicks, 0) AS page_clicks, coalesce(p.orders, 0) AS page_orders,
       coalesce(p.gmv, 0)::DOUBLE AS page_gmv,
       coalesce(b.clicks, 0) AS clicks_before, coalesce(b.orders, 0) AS orders_before,
       coalesce(b.gmv, 0)::DOUBLE AS gmv_before
FROM entered AS u
LEFT JOIN afterwards AS a USING (user_id)
LEFT JOIN on_page AS p USING (user_id)
LEFT JOIN before AS b USING (user_id)
ORDER BY u.user_id
"""

_DAILY = """
WITH entries AS (
    SELECT variant, since_us // 86400000000 AS day, count(*) AS users FROM entered GROUP BY ALL
), sales AS (
    SELECT variant, ts_us // 86400000000 AS day, sum(value) AS gmv
    FROM did JOIN entered USING (user_id) WHERE ts_us >= since_us GROUP BY ALL
), grid AS (
    SELECT variant, day FROM (SELECT DISTINCT variant FROM entered), range($first, $last + 1) AS days(day)
)
SELECT variant, (DATE '1970-01-01' + day::INTEGER) AS day,
       (sum(coalesce(users, 0)) OVER so_far)::BIGINT AS users,
       (sum(coalesce(gmv, 0)) OVER so_far)::DOUBLE AS gmv
FROM grid LEFT JOIN entries USING (variant, day) LEFT JOIN sales USING (variant, day)
WINDOW so_far AS (PARTITION BY variant ORDER BY day)
ORDER BY variant, day
"""


class Outcomes(NamedTuple):
    """Everything the analysis needs.

    Attributes:
        users: One row a user, by user_id: user_id, variant, days (observed, begun days count), impressions,
            degraded (impressions served by a fallback), clicks, orders, gmv (after the first impression),
            page_clicks, page_orders, page_gmv (of the shown products, by request_id), clicks_before,
            orders_before, gmv_before.
        daily: variant, day, users (entered so far), gmv (so far, after the first impression).
        contaminated: Users left out because they saw two variants.
        unpriced: Order lines without a price; they count as orders of value 0.
        currency: Currency of the orders, empty if no order names one.
    """

    users: pa.Table
    daily: pa.Table
    contaminated: int
    unpriced: int
    currency: str


def read_outcomes(lake: Lake, settings: ReadoutSettings, day: date) -> Outcomes:
    """Join exposures to later and earlier events of the exposed users, up to the end of `day`.

    Raises:
        AirloomError: The users' orders are in several currencies, or an exposure names an unknown variant.
    """
    with duckdb.connect() as connection:
        contaminated = load_exposures(connection, lake, settings, day)
        first = settings.first_day - timedelta(days=settings.covariate_days)
        connection.register("events", lake.dataset(EVENTS, since=first, through=day))
        end_us = _micros(day + timedelta(days=1))
        actions = {"click": CLICK, "order": ORDER}
        connection.execute(_DID, {**actions, "end_us": end_us})
        currency = _one_currency(connection, settings, day)
        start_us = _micros(settings.first_day)
        moments = {**actions, "start_us": start_us, "end_us": end_us}
        users = connection.sql(_USERS, params=moments).to_arrow_table()
        span = {"first": start_us // 86_400_000_000, "last": end_us // 86_400_000_000 - 1}
        daily = connection.sql(_DAILY, params=span).to_arrow_table()
        unpriced = connection.execute(
            "SELECT count(*) FROM did WHERE action = $order AND unpriced", {"order": ORDER}
        ).fetchall()[0][0]
    return Outcomes(users, daily, contaminated, unpriced, currency)


def _one_currency(connection: duckdb.DuckDBPyConnection, settings: ReadoutSettings, day: date) -> str:
    found = connection.execute(
        "SELECT currency, count(*) FROM did WHERE action = $order AND currency IS NOT NULL "
        "GROUP BY currency ORDER BY currency",
        {"order": ORDER},
    ).fetchall()
    if len(found) > 1:
        counts = ", ".join(f"{currency} ({count} orders)" for currency, count in found)
        raise AirloomError(
            f"events up to {day}: the column currency of the orders in experiment {settings.experiment.name} "
            f"holds {counts}, which cannot be added up",
            do="Convert unit_price to one currency before the logs are delivered",
        )
    return str(found[0][0]) if found else ""


def _micros(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
