"""The atoms known at the end of a day, and which are open: queries that hold none of them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from airloom.intents.atoms import ANY_PROFILE, ATOM_SCHEMA
from airloom.intents.database import bounded_database
from airloom.llm.keys import Shard
from airloom.logs.contract import CONTENT, EVENTS, LIKE, OBJECTS, VIEW
from airloom.logs.lake import Lake
from airloom.timestamps import end_of, to_datetime

CHUNK: Final = 1024
"""Atoms handed out together."""

_VIEWS: Final = """
CREATE TEMP VIEW atoms AS
WITH latest AS (
    SELECT object_id, unnest(arg_max(struct_pack(domain, title, description, published_at, retired_at), dt))
    FROM objects GROUP BY object_id
), readable AS (
    SELECT * FROM latest WHERE domain = getvariable('content') AND trim(title) <> ''
), seen AS (
    SELECT DISTINCT action, object_id FROM events
    WHERE domain = getvariable('content') AND action IN (getvariable('viewed'), getvariable('liked'))
    UNION
    SELECT getvariable('viewed'), object_id FROM readable
    WHERE (published_at IS NULL OR published_at < getvariable('day_end'))
    AND (retired_at IS NULL OR retired_at >= getvariable('day_end'))
), keyed AS (
    SELECT substr(sha256(concat_ws(chr(0), action, object_id, getvariable('anybody'))), 1, 16) AS atom_id,
        action, object_id, getvariable('anybody') AS profile_bucket, title, description
    FROM seen JOIN readable USING (object_id)
)
SELECT *, ('0x' || atom_id)::UBIGINT AS number FROM keyed;

CREATE TEMP VIEW open_atoms AS FROM atoms ANTI JOIN excluded USING (atom_id);
"""


class KnownAtoms:
    """The atoms of a day and the open ones among them: those that must be asked.

    Args:
        database: Has the views of `_VIEWS`.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database

    def count(self, shard: Shard) -> int:
        """Return the number of atoms of one shard, open or not."""
        ((count,),) = self._database.execute(
            "SELECT count(*) FROM atoms WHERE number % $of = $number", shard._asdict()
        ).fetchall()
        return int(count)

    def open_by_shard(self, shards: int) -> dict[int, int]:
        """Return the number of open atoms of every shard that has any, by its number, ascending."""
        rows = self._database.execute(
            "SELECT number % $shards AS shard, count(*) FROM open_atoms GROUP BY ALL ORDER BY ALL",
            {"shards": shards},
        ).fetchall()
        return {int(number): int(count) for number, count in rows}

    def open_chunks(self, shard: Shard) -> Iterator[pa.Table]:
        """Yield the open atoms of one shard with their texts (`ATOM_SCHEMA`), by id, `CHUNK` at a time.

        Nothing else may be asked of this object before the last chunk was taken.
        """
        rows = self._database.sql(
            "SELECT * EXCLUDE number FROM open_atoms WHERE number % $of = $number ORDER BY atom_id",
            params=shard._asdict(),
        )
        for batch in rows.to_arrow_reader(CHUNK):
            yield pa.Table.from_batches([batch]).select(ATOM_SCHEMA.names).cast(ATOM_SCHEMA)


@contextmanager
def known_atoms(lake: Lake, *, day: date, exclude: Sequence[Path] = ()) -> Iterator[KnownAtoms]:
    """Open the atoms known at the end of `day`.

    These are the pairs (view or like, content item) that occur in the events so far, and a view of every
    item that is published and not retired, so that a new item has its intents before anybody sees it. Items
    without a title say nothing and have no atom.

    Args:
        lake: Where the logs are.
        day: The last complete day.
        exclude: Parquet files of the intent store; atoms whose `atom_id` is in them are not open.
    """
    values = {
        "content": CONTENT,
        "viewed": VIEW,
        "liked": LIKE,
        "anybody": ANY_PROFILE,
        "day_end": to_datetime(end_of(day)),
    }
    files = [str(file) for file in exclude]
    with bounded_database() as database:
        database.register("objects", lake.dataset(OBJECTS, through=day, with_day=True))
        database.register("events", lake.dataset(EVENTS, through=day))
        for name, value in values.items():
            database.execute(f"SET VARIABLE {name} = $value", {"value": value})
        database.execute("CREATE TEMP TABLE excluded (atom_id VARCHAR)")
        if files:
            database.execute(
                "INSERT INTO excluded SELECT DISTINCT atom_id FROM read_parquet($files)",
                {"files": files},
            )
        database.execute(_VIEWS)
        yield KnownAtoms(database)


def atoms_of(lake: Lake, *, day: date) -> pa.Table:
    """Return every atom known at the end of `day` with its texts (`ATOM_SCHEMA`), sorted by atom_id."""
    with known_atoms(lake, day=day) as known:
        return pa.concat_tables([ATOM_SCHEMA.empty_table(), *known.open_chunks(Shard())])
