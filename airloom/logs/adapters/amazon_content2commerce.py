"""Amazon users who reviewed films or books and bought things: their reviews as views and orders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from airloom.errors import AirloomError
from airloom.logs.adapters.adapter import DeliveryReport
from airloom.logs.contract import COMMERCE, CONTENT, EVENTS, OBJECTS, ORDER, USERS, VIEW, Table
from airloom.logs.days import by_day, for_each_day
from airloom.logs.lake import Lake
from airloom.progress import progress
from airloom.timestamps import MAX_SECONDS, MICROS_PER_DAY, SECONDS_PER_DAY, likely_unit

SHOPS: Final = (
    ("movie", "Movies & TV", CONTENT, VIEW),
    ("book", "Books", CONTENT, VIEW),
    ("food", "Grocery & Gourmet Food", COMMERCE, ORDER),
    ("kitchen", "Home & Kitchen", COMMERCE, ORDER),
    ("beauty", "Beauty", COMMERCE, ORDER),
    ("electronics", "Electronics", COMMERCE, ORDER),
    ("toys", "Toys & Games", COMMERCE, ORDER),
)
"""The dataset's domains: what Amazon calls them (a product's whole category path), our domain and action."""

EVENT_COLUMNS: Final = {
    "user_id": pa.string(),
    "unix_ts": pa.int64(),
    "domain": pa.string(),
    "asin": pa.string(),
}
ITEM_COLUMNS: Final = {"asin": pa.string(), "domain": pa.string(), "title": pa.string()}

# The dataset has only days, and lists a day's events by domain, which would leak to a model what comes next;
# so every event gets a time of day from a hash of itself.
_EVENTS: Final = f"""
    SELECT user_id,
           make_timestamptz(
               unix_ts // {SECONDS_PER_DAY} * {MICROS_PER_DAY} + chance % {MICROS_PER_DAY}
           ) AS ts,
           shops.side AS domain,
           shops.action,
           domain || ':' || asin AS object_id,
           CASE WHEN shops.action = $order THEN 1 END AS quantity,
           DATE '1970-01-01' + (unix_ts // {SECONDS_PER_DAY})::INTEGER AS dt
    FROM (SELECT *, (md5_number_lower(concat_ws('|', user_id, unix_ts, domain, asin)) >> 1)::BIGINT AS chance
          FROM events)
    JOIN shops USING (domain) ORDER BY dt, ts, user_id, object_id
"""  # noqa: S608 - constants only

# An object appears on the day of its first event; a title that the dataset does not have is empty.
_OBJECTS: Final = f"""
    SELECT items.domain || ':' || items.asin AS object_id,
           shops.side AS domain,
           title,
           [shops.name] AS category_path,
           DATE '1970-01-01' + (min(unix_ts) // {SECONDS_PER_DAY})::INTEGER AS dt
    FROM items JOIN shops USING (domain) JOIN events USING (domain, asin)
    GROUP BY ALL ORDER BY dt
"""  # noqa: S608 - constants only

_USERS: Final = f"""
    SELECT user_id, DATE '1970-01-01' + (min(unix_ts) // {SECONDS_PER_DAY})::INTEGER AS dt
    FROM events GROUP BY user_id ORDER BY dt
"""  # noqa: S608 - constants only


@dataclass(frozen=True)
class AmazonContent2Commerce:
    """2,433 Amazon users, 1999 to 2014: reviews of films and books are views, those of products are orders.

    Prices are unknown, so it has no GMV.
    """

    name: str = "amazon-content2commerce"
    description: str = "Amazon reviewers whose films and books come before their purchases; days, no prices."

    def deliver(self, data: Path, lake: Lake) -> DeliveryReport:
        """Write events, objects and users; see `Adapter.deliver`."""
        events = _read(data / "events.csv.gz", EVENT_COLUMNS, delimiter=",")
        _require_seconds(events["unix_ts"], data / "events.csv.gz")
        items = _read(data / "items.tsv.gz", ITEM_COLUMNS, delimiter="\t")
        connection = duckdb.connect()
        connection.register("events", events)
        connection.register("items", items)
        shops = [dict(zip(("domain", "name", "side", "action"), shop, strict=True)) for shop in SHOPS]
        connection.register("shops", pa.Table.from_pylist(shops))
        tables = {OBJECTS: _OBJECTS, USERS: _USERS, EVENTS: _EVENTS.replace("$order", f"'{ORDER}'")}
        rows = {table: connection.sql(query).to_arrow_table() for table, query in tables.items()}
        if not rows[EVENTS].num_rows:
            raise AirloomError(
                f"{data / 'events.csv.gz'} has no event of {', '.join(shop[0] for shop in SHOPS)}",
                do="Fetch the file again",
            )
        for table in tables:
            _land(lake, table, rows[table])
        days = pc.unique(rows[EVENTS]["dt"]).to_pylist()
        return DeliveryReport(
            rows={table.name: rows[table].num_rows for table in tables},
            first=days[0],
            last=days[-1],
            days=len(days),
        )


def _land(lake: Lake, table: Table, rows: pa.Table) -> None:
    days = pc.unique(rows["dt"]).to_pylist()
    parts = by_day(rows, days)
    for_each_day(
        lambda day: lake.write(lake.landing(table), day, parts[day]),
        progress(days, what=f"land {table.name}", unit="days"),
    )


def _require_seconds(times: pa.ChunkedArray, file: Path) -> None:
    """Check that times are seconds since 1970, and not another unit.

    Raises:
        AirloomError: One is negative, or not before the year 2200.
    """
    bounds = pc.min_max(times).as_py()
    for time in (bounds["min"], bounds["max"]):
        if time is not None and not 0 <= time < MAX_SECONDS:
            unit = likely_unit(time)
            looks = f"looks like {unit} since 1970" if unit else "is no time since 1970"
            raise AirloomError(
                f"{file}: the column unix_ts holds {time}, which {looks} and not like seconds",
                do="Convert the column to whole seconds since 1970",
            )


def _read(file: Path, columns: dict[str, pa.DataType], *, delimiter: str) -> pa.Table:
    if not file.is_file():
        raise AirloomError(
            f"{file} does not exist",
            do="Give the folder that holds events.csv.gz and items.tsv.gz with --data",
        )
    try:
        return csv.read_csv(
            file,
            parse_options=csv.ParseOptions(delimiter=delimiter, quote_char=False),
            convert_options=csv.ConvertOptions(column_types=columns, include_columns=list(columns)),
        )
    except (pa.ArrowException, OSError) as error:
        raise AirloomError(
            f"{file} cannot be read ({error})",
            do=f"It must have the columns {', '.join(columns)}; fetch it again if it is damaged",
        ) from error
