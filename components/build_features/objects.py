"""`object_profile` and `object_intents`: one row for every delivered row of the objects table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.encoding import TextEncoder, embed_titles
from airloom.lineage.derivation import DerivedDays
from airloom.logs.contract import OBJECTS, TIMESTAMP
from airloom.logs.days import batch_days, by_day, for_each_day
from airloom.logs.lake import DAY_FIELD, Lake
from airloom.timestamps import start_of, to_micros
from components.build_features.derivations import object_profiles
from feature_repo.tables import EVENT_TIMESTAMP, OBJECT_INTENTS, OBJECT_PROFILE

OBJECTS_AT_ONCE: Final = 100_000
"""Objects whose titles are embedded together, about 150 MB of vectors."""


def write_profiles(lake: Lake, *, through: date, encoder: TextEncoder) -> int:
    """Write the days whose objects are not those they were made from; returns how many."""
    lineage = DerivedDays(lake, object_profiles(encoder), through=through)
    lineage.delete_orphans()
    days = lineage.stale()
    for batch in batch_days(lake, OBJECTS, days, max_rows=OBJECTS_AT_ONCE):
        objects = _delivered(lake, batch)
        vectors = embed_titles(lake, objects, encoder=encoder)["embedding"].cast(pa.list_(pa.float32()))
        profiles = objects.append_column("embedding", vectors)
        for name in ("published_at", "retired_at"):
            profiles = profiles.set_column(profiles.column_names.index(name), name, _seconds(profiles[name]))
        stock = pc.fill_null(profiles["stock"], -1)
        profiles = profiles.set_column(profiles.column_names.index("stock"), "stock", stock)
        paths = pc.if_else(profiles["category_path"].is_valid(), profiles["category_path"], _NO_PATH)
        profiles = profiles.set_column(profiles.column_names.index("category_path"), "category_path", paths)
        parts = by_day(profiles, pc.unique(profiles[DAY_FIELD.name]).to_pylist())
        for_each_day(partial(_write_profile, lake, parts), parts)
        lineage.record_built(batch)
    return len(days)


def _write_profile(lake: Lake, parts: Mapping[date, pa.Table], day: date) -> None:
    lake.write(OBJECT_PROFILE, day, _from_start_of(parts[day], day))


def write_intents(lake: Lake, intents: pa.Table, *, lineage: DerivedDays) -> int:
    """Write the days whose intents differ from what is there; returns how many.

    Intents are a reading of the object, not of what anybody did, so they hold from the day on which the
    object was delivered, also where the reasoner answered later.

    Args:
        lake: Holds the objects.
        intents: Of every object, just linked: a new answer changes a few days, so rows are compared.
        lineage: Created before they were linked, so that it holds the inputs that linking read.
    """
    lineage.delete_orphans()
    days = lineage.stale()
    written: list[date] = []
    for_each_day(partial(_write_intent, lake, intents, written), days)
    lineage.record_built(days)
    return len(written)


def _write_intent(lake: Lake, intents: pa.Table, written: list[date], day: date) -> None:
    known = intents["object_id"].combine_chunks()
    ids = lake.read(OBJECTS, since=day, through=day, columns=["object_id"])["object_id"]
    rows = _from_start_of(intents.take(pc.index_in(ids, value_set=known)), day)
    if not lake.files(OBJECT_INTENTS, day) or not rows.equals(
        lake.read(OBJECT_INTENTS, since=day, through=day)
    ):
        lake.write(OBJECT_INTENTS, day, rows)
        written.append(day)


_NO_PATH: Final = pa.scalar([], pa.list_(pa.string()))


def _delivered(lake: Lake, days: Sequence[date]) -> pa.Table:
    """Return the rows delivered on `days` with their day, in the order of days."""
    parts = ((day, lake.read(OBJECTS, since=day, through=day)) for day in days)
    return pa.concat_tables(
        [
            rows.append_column(DAY_FIELD, pa.repeat(pa.scalar(day, DAY_FIELD.type), rows.num_rows))
            for day, rows in parts
        ]
    )


def _from_start_of(rows: pa.Table, day: date) -> pa.Table:
    start = pa.scalar(to_micros(start_of(day)), TIMESTAMP)
    return rows.append_column(EVENT_TIMESTAMP, pa.repeat(start, rows.num_rows))


def _seconds(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(
        pc.floor_temporal(moments, unit="second").cast(pa.timestamp("s", tz="UTC")).cast(pa.int64()), -1
    )
