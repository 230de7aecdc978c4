"""Deliver events.csv and objects.csv of this folder: python deliver_csv.py LANDING."""

import sys
from pathlib import Path

import duckdb

landing = Path(sys.argv[1])
landing.mkdir(parents=True, exist_ok=True)
options = "FORMAT parquet, PARTITION_BY (dt), OVERWRITE_OR_IGNORE"
duckdb.sql("SET TimeZone = 'UTC'")
duckdb.sql(f"""
    COPY (SELECT * REPLACE (ts::TIMESTAMPTZ AS ts), ts::TIMESTAMPTZ::DATE AS dt FROM 'events.csv')
    TO '{landing}/events' ({options})
""")
duckdb.sql(f"""
    COPY (SELECT * EXCLUDE (first_day) REPLACE (string_split(category_path, ' > ') AS category_path),
          first_day::DATE AS dt FROM 'objects.csv')
    TO '{landing}/objects' ({options})
""")
