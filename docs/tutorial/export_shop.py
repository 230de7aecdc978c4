"""Write a shop's export as CSV: python docs/tutorial/export_shop.py FOLDER [SHOPPERS].

The shoppers are simulated, but the files look as those of another platform might: other names of columns and
actions, local times without a zone, prices in cents, categories in three columns, a column nobody needs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from airloom.simulation.history import deliver_history
from airloom.simulation.settings import WorldSettings
from airloom.simulation.world import World

HISTORY = """
    SELECT user_id AS client, strftime(ts AT TIME ZONE 'Europe/Berlin', '%Y-%m-%d %H:%M:%S.%f') AS occurred,
           CASE action WHEN 'view' THEN 'play' WHEN 'like' THEN 'heart' WHEN 'click' THEN 'open'
                       WHEN 'cart' THEN 'basket' ELSE 'buy' END AS what,
           object_id AS thing, quantity AS pieces, CAST(round(unit_price * 100) AS BIGINT) AS cents,
           'app' AS device
    FROM events ORDER BY occurred, client, what, thing
"""
VIDEOS = "SELECT object_id AS thing, title AS headline FROM objects WHERE domain = 'content' ORDER BY thing"
PRODUCTS = """
    SELECT object_id AS thing, title AS label, category_path[1] AS department, category_path[2] AS shelf,
           category_path[3] AS tray, CAST(round(price * 100) AS BIGINT) AS cents
    FROM objects WHERE domain = 'commerce' ORDER BY thing
"""


def export(folder: Path, *, shoppers: int, days: int) -> None:
    """Write history.csv, videos.csv and products.csv of a simulated shop."""
    lake = Lake(folder / "simulated")
    deliver_history(World(WorldSettings(shoppers=shoppers, history_days=days, served_days=0)), lake)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("events", lake.dataset(lake.landing(EVENTS)))
        connection.register("objects", lake.dataset(lake.landing(OBJECTS)))
        for name, query in (("history", HISTORY), ("videos", VIDEOS), ("products", PRODUCTS)):
            connection.sql(query).write_csv(str(folder / f"{name}.csv"))


if __name__ == "__main__":
    export(Path(sys.argv[1]), shoppers=int((sys.argv[2:] or ["300"])[0]), days=14)
