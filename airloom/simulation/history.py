"""Delivers the world's days to a lake, as a platform would: as raw landed files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from airloom.logs.contract import COMMERCE, CONTENT, EVENTS, OBJECTS, TIMESTAMP, USERS
from airloom.logs.lake import Lake
from airloom.simulation.catalogue import LANGUAGES
from airloom.simulation.events import CURRENCY, user_ids
from airloom.simulation.shoppers import blocks
from airloom.simulation.world import World
from airloom.timestamps import MICROS_PER_DAY, start_of, to_micros

PAGES_FILE = "pages"


def deliver_history(world: World, lake: Lake) -> None:
    """Write the logs of every day before the first served page."""
    for day in tqdm(world.settings.history, desc="Simulate history", unit="day", disable=None):
        deliver_day(world, lake, day)


def deliver_day(world: World, lake: Lake, day: date, page_events: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write the logs of one day; they replace those that were landed of it before.

    Args:
        world: Where the day comes from.
        lake: Where it goes to.
        day: One day of the world.
        page_events: What shoppers did on the pages served that day (`Response.events`).
    """
    _land_objects(world, lake, day)
    if day == world.settings.start:
        _land_users(world, lake)
    events = lake.landing(EVENTS)
    lake.delete(events, day)
    for number, rows in enumerate(world.events(day)):
        lake.write(events, day, rows, file=f"part-{number}")
    if page_events:
        rows = pa.Table.from_pylist([dict(event) for event in page_events], schema=EVENTS.stored_schema)
        lake.write(events, day, rows, file=PAGES_FILE)


def _land_objects(world: World, lake: Lake, day: date) -> None:
    """Write what was published on the day; on the first day also all that was published before."""
    catalogue, publication = world.catalogue, world.publication
    end = (world.settings.day_number(day) + 1) * MICROS_PER_DAY
    begin = end - MICROS_PER_DAY if world.settings.day_number(day) > 0 else np.iinfo(np.int64).min
    epoch = to_micros(start_of(world.settings.start))
    videos = np.flatnonzero((publication.content_at >= begin) & (publication.content_at < end))
    products = np.flatnonzero((publication.product_at >= begin) & (publication.product_at < end))
    count = len(products)
    tables = [
        pa.table(
            {
                "object_id": pa.array(catalogue.content_ids).take(pa.array(videos)),
                "domain": pa.repeat(CONTENT, len(videos)),
                "title": pa.array(catalogue.content_titles).take(pa.array(videos)),
                "published_at": pa.array(epoch + publication.content_at[videos]).cast(TIMESTAMP),
            }
        ),
        pa.table(
            {
                "object_id": pa.array(catalogue.product_ids).take(pa.array(products)),
                "domain": pa.repeat(COMMERCE, count),
                "title": pa.array(catalogue.product_titles).take(pa.array(products)),
                "category_path": pa.array([list(path) for path in catalogue.leaves]).take(
                    pa.array(catalogue.product_leaves[products])
                ),
                "price": catalogue.prices[products],
                "currency": pa.repeat(CURRENCY, count),
                "published_at": pa.array(epoch + publication.product_at[products]).cast(TIMESTAMP),
            }
        ),
    ]
    lake.write(lake.landing(OBJECTS), day, pa.concat_tables(tables, promote_options="default"))


def _land_users(world: World, lake: Lake) -> None:
    """Write all shoppers; their profile is the language that the platform knows them by."""
    for number in blocks(world.settings):
        block = world.block(number)
        users = user_ids(block.first + np.arange(len(block.languages)))
        languages = pa.array(LANGUAGES).take(pa.array(block.languages))
        rows = pa.table({"user_id": users, "profile_bucket": languages})
        lake.write(lake.landing(USERS), world.settings.start, rows, file=f"part-{number}")
