"""Land events.csv and objects.csv of this folder as logs: python convert.py.

First try `airloom import tables`: it names columns, units, time zones and actions. This script is for what
needs a join, or another source than a file. Change the two queries: their columns and types are
those of the log contract, and `dt` is the day. Running it again replaces all that it landed, also on days
that are no longer in the files: they hold the whole log, or another name than `LANDED` keeps what was before.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.compute as pc

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from airloom.logs.source_files import former_days, remove_file

FOLDER = Path(__file__).parent
LANDED = "convert"
"""The name of the landed files."""

EVENTS_QUERY = """
    SELECT user_id, ts::TIMESTAMPTZ AS ts, domain, action, object_id,
           quantity::BIGINT AS quantity, unit_price::DOUBLE AS unit_price, currency,
           ts::TIMESTAMPTZ::DATE AS dt
    FROM read_csv($folder || '/events.csv', all_varchar = true)
"""
OBJECTS_QUERY = """
    SELECT object_id, domain, coalesce(title, '') AS title,
           string_split(category_path, ' > ') AS category_path, price::DOUBLE AS price, currency,
           first_day::DATE AS dt
    FROM read_csv($folder || '/objects.csv', all_varchar = true)
"""


def main() -> None:
    """Run the queries and write each of their days to the landing folder; times without an offset are UTC."""
    lake = Lake(FOLDER / "lake")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")  # a day is a UTC day
        for table, query in ((OBJECTS, OBJECTS_QUERY), (EVENTS, EVENTS_QUERY)):
            rows = connection.sql(query, params={"folder": str(FOLDER)}).to_arrow_table()
            days = sorted(pc.unique(rows["dt"]).to_pylist())
            for day in days:
                lake.write(lake.landing(table), day, rows.filter(pc.equal(rows["dt"], day)), file=LANDED)
            former = former_days(lake, table, days, file=LANDED)
            remove_file(lake, table, former, file=LANDED)
            for day in former:
                print(f"Removed {table.name} of {day}, which an earlier run landed.")


if __name__ == "__main__":
    main()
