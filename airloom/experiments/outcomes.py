"""What exposed users did after their first impression, and what they had done before the experiment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from airloom.errors import AirloomError
from airloom.experiments.exposures import first_shown_day, load_exposures
from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.surfaces import NO_SURFACES, read_surfaces
from airloom.logs.contract import CLICK, EVENTS, ORDER
from airloom.logs.lake import Lake
from airloom.logs.returns import returned_pieces
from airloom.timestamps import MICROS_PER_DAY, days_since_epoch, end_of, start_of, to_micros

# Money is summed as decimals: exact, so that the order of the rows cannot show in the last digits.
# What a return takes back belongs to the time of its order; a return of an order that is not read is of one
# from before every page, and does not count.
_ACTIONS = """
CREATE TABLE actions AS
WITH rows AS (
    SELECT user_id, object_id, request_id, action, ts, ts AS ordered_at, currency, unit_price,
           coalesce(quantity, 1) AS pieces, (action = $order)::INT AS orders
    FROM events WHERE action = $click OR (action = $order AND coalesce(quantity, 1) > 0)
    UNION ALL BY NAME
    SELECT user_id, object_id, request_id, $order AS action, returned_at AS ts, ts AS ordered_at, currency,
           unit_price, -pieces AS pieces, -is_whole::INT AS orders
    FROM returned
)
SELECT user_id, object_id, request_id, action, epoch_us(ts) AS ts_us, epoch_us(ordered_at) AS counts_from_us,
       currency, unit_price IS NULL AS unpriced, orders,
       CASE WHEN action = $order THEN pieces * coalesce(unit_price, 0)::DECIMAL(18, 6) ELSE 0 END AS value
FROM rows SEMI JOIN exposed_users USING (user_id)
WHERE epoch_us(ts) < $end_us
"""

# A page is a request of a user at a time: an id may be used again, so the last page before the action counts.
# Several orders of a product from one page are one, until the last of them has come back.
_ON_PAGE = """
CREATE TABLE on_page AS
WITH shown AS (
    SELECT a.*, i.shown_us, i.surface
    FROM actions AS a ASOF JOIN impressions AS i
    ON a.user_id = i.user_id AND a.request_id = i.request_id AND a.object_id = i.object_id
       AND a.counts_from_us >= i.shown_us
), so_far AS (
    SELECT *, row_number() OVER line AS number, sum(orders) OVER line > 0 AS ordered
    FROM shown
    WINDOW line AS (PARTITION BY user_id, request_id, object_id, shown_us ORDER BY ts_us, orders DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT * EXCLUDE (number, ordered), ordered::INT - lag(ordered::INT, 1, 0) OVER (
           PARTITION BY user_id, request_id, object_id, shown_us ORDER BY number
       ) AS is_ordered
FROM so_far
"""

_USERS = f"""
WITH afterwards AS (
    SELECT user_id, count(*) FILTER (action = $click) AS clicks, sum(orders) AS orders, sum(value) AS gmv,
           least(max(value), greatest(sum(value), 0)) AS largest_order
    FROM actions JOIN exposed_users USING (user_id)
    WHERE counts_from_us >= since_us
    GROUP BY user_id
), before AS (
    SELECT user_id, count(*) FILTER (action = $click) AS clicks, sum(orders) AS orders, sum(value) AS gmv
    FROM actions
    WHERE ts_us < $start_us
    GROUP BY user_id
), of_pages AS (
    SELECT user_id, count(DISTINCT (request_id, object_id, shown_us)) FILTER (action = $click) AS clicks,
           sum(is_ordered) AS orders, sum(value) AS gmv,
           least(max(value), greatest(sum(value), 0)) AS largest_order
    FROM on_page
    GROUP BY user_id
)
SELECT u.user_id, u.variant, ceil(($end_us - u.since_us) / {MICROS_PER_DAY})::BIGINT AS days,
       u.impressions, u.degraded,
       coalesce(a.clicks, 0) AS clicks, coalesce(a.orders, 0)::BIGINT AS orders,
       coalesce(a.gmv, 0)::DOUBLE AS gmv,
       coalesce(a.largest_order, 0)::DOUBLE AS largest_order,
       coalesce(p.clicks, 0) AS page_clicks, coalesce(p.orders, 0)::BIGINT AS page_orders,
       coalesce(p.gmv, 0)::DOUBLE AS page_gmv,
       coalesce(p.largest_order, 0)::DOUBLE AS largest_page_order,
       coalesce(b.clicks, 0) AS clicks_before, coalesce(b.orders, 0)::BIGINT AS orders_before,
       coalesce(b.gmv, 0)::DOUBLE AS gmv_before
FROM exposed_users AS u
LEFT JOIN afterwards AS a USING (user_id)
LEFT JOIN of_pages AS p USING (user_id)
LEFT JOIN before AS b USING (user_id)
ORDER BY u.user_id
"""  # noqa: S608 - constants only

# One row per change of a sum, then running sums by day: the last day's are the sums of the user table.
_DAILY = f"""
WITH changes AS (
    SELECT user_id, since_us AS ts_us, 1 AS users FROM exposed_users
    UNION ALL BY NAME
    SELECT user_id, shown_us AS ts_us, 1 AS impressions FROM impressions
    UNION ALL BY NAME
    SELECT user_id, ts_us, (action = $click)::INT AS clicks, orders, value AS gmv
    FROM actions JOIN exposed_users USING (user_id) WHERE counts_from_us >= since_us
    UNION ALL BY NAME
    SELECT user_id, min(ts_us) AS ts_us, 1 AS page_clicks
    FROM on_page WHERE action = $click GROUP BY user_id, request_id, object_id, shown_us
    UNION ALL BY NAME
    SELECT user_id, ts_us, is_ordered AS page_orders, value AS page_gmv FROM on_page
), sums AS (
    SELECT variant, greatest(ts_us, since_us) // {MICROS_PER_DAY} AS day,
           sum(users) AS users, sum(c.impressions) AS impressions, sum(clicks) AS clicks,
           sum(orders) AS orders, sum(gmv) AS gmv, sum(page_clicks) AS page_clicks,
           sum(page_orders) AS page_orders, sum(page_gmv) AS page_gmv
    FROM changes AS c JOIN exposed_users USING (user_id) GROUP BY ALL
), grid AS (
    SELECT variant, day
    FROM (SELECT DISTINCT variant FROM exposed_users), range($first, $last + 1) AS days(day)
)
SELECT variant, (DATE '1970-01-01' + day::INTEGER) AS day,
       coalesce(sum(users) OVER so_far, 0)::BIGINT AS users,
       coalesce(sum(impressions) OVER so_far, 0)::BIGINT AS impressions,
       coalesce(sum(clicks) OVER so_far, 0)::BIGINT AS clicks,
       coalesce(sum(orders) OVER so_far, 0)::BIGINT AS orders,
       coalesce(sum(gmv) OVER so_far, 0)::DOUBLE AS gmv,
       coalesce(sum(page_clicks) OVER so_far, 0)::BIGINT AS page_clicks,
       coalesce(sum(page_orders) OVER so_far, 0)::BIGINT AS page_orders,
       coalesce(sum(page_gmv) OVER so_far, 0)::DOUBLE AS page_gmv
FROM grid LEFT JOIN sums USING (variant, day)
WINDOW so_far AS (PARTITION BY variant ORDER BY day)
ORDER BY variant, day
"""  # noqa: S608 - constants only


class Outcomes(NamedTuple):
    """Everything the analysis needs.

    Attributes:
        users: One row per user, by user_id: user_id, variant, days (observed, begun days count), impressions,
            degraded (impressions served by a fallback), clicks, orders, gmv, largest_order (its value; all
            after the first impression), page_clicks, page_orders, page_gmv, largest_page_order (of the shown
            products, by request_id), clicks_before, orders_before, gmv_before.
        daily: One row per variant and day, by these: variant, day, users, impressions, clicks, orders, gmv,
            page_clicks, page_orders, page_gmv: the sums so far of the columns of `users`.
        multi_variant_users: Users left out because they saw several variants.
        unpriced: Order lines without a price; they count as orders of value 0.
        currency: Currency of the orders, empty if no order names one.
        first_day: The first day that counts: the plan's, else that of the first page; `day` without a page.
        surfaces: What followed from what was shown, by surface and variant; see `NO_SURFACES`.
    """

    users: pa.Table
    daily: pa.Table
    multi_variant_users: int
    unpriced: int
    currency: str
    first_day: date
    surfaces: pa.Table = NO_SURFACES


def read_outcomes(lake: Lake, settings: AnalysisSettings, day: date) -> Outcomes:
    """Return exposures joined to later and earlier events of the exposed users, up to the end of `day`.

    Raises:
        AirloomError: The users' orders are in several currencies, or an exposure names an unknown variant.
    """
    with duckdb.connect() as connection:
        multi_variant_users = load_exposures(connection, lake, settings, day)
        first_day = settings.first_day or first_shown_day(connection) or day
        events = lake.dataset(EVENTS, since=first_day - timedelta(days=settings.covariate_days), through=day)
        connection.register("events", events)
        connection.register("returned", returned_pieces(events, before=end_of(day)))
        end_us = to_micros(end_of(day))
        start_us = to_micros(start_of(first_day))
        connection.execute(_ACTIONS, {"click": CLICK, "order": ORDER, "end_us": end_us})
        connection.execute(_ON_PAGE)
        currency = _one_currency(connection, settings, day)
        bounds = {"click": CLICK, "start_us": start_us, "end_us": end_us}
        users = connection.sql(_USERS, params=bounds).to_arrow_table()
        span = {
            "click": CLICK,
            "first": days_since_epoch(first_day),
            "last": days_since_epoch(day),
        }
        daily = connection.sql(_DAILY, params=span).to_arrow_table()
        surfaces = read_surfaces(connection, click=CLICK)
        unpriced = connection.execute(
            "SELECT count(*) FROM actions WHERE action = $order AND unpriced", {"order": ORDER}
        ).fetchall()[0][0]
    return Outcomes(users, daily, multi_variant_users, unpriced, currency, first_day, surfaces)


def _one_currency(connection: duckdb.DuckDBPyConnection, settings: AnalysisSettings, day: date) -> str:
    counts = connection.execute(
        "SELECT currency, count(*) FROM actions WHERE action = $order AND currency IS NOT NULL "
        "GROUP BY currency ORDER BY currency",
        {"order": ORDER},
    ).fetchall()
    if len(counts) > 1:
        listed = ", ".join(f"{currency} ({count} orders)" for currency, count in counts)
        raise AirloomError(
            f"events up to {day}: the column currency of the orders in experiment {settings.experiment.name} "
            f"holds {listed}, which cannot be added up",
            do="Convert unit_price to one currency before the logs are delivered",
        )
    return str(counts[0][0]) if counts else ""
