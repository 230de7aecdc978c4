"""Which of the questions known are open: counted and handed out without holding them in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from airloom.llm.keys import Shard

CHUNK: Final = 1024
"""Questions handed out together."""

_OPEN: Final = """
CREATE TEMP VIEW numbered AS SELECT *, ('0x' || {hash})::UBIGINT AS number FROM questions;
CREATE TEMP VIEW open AS FROM numbered ANTI JOIN excluded USING ({id});
"""


class KnownQuestions:
    """The questions of a task and the open ones among them: those that must be asked.

    Args:
        database: Its view or table `questions` has one row per question with the columns of `schema`.
        schema: The first column is the id of the question (`key_id`).
        exclude: Parquet files of the task's store; questions whose id is in them are not open.
        shard_column: `AnswerTable.shard_column`.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        *,
        schema: pa.Schema,
        exclude: Sequence[Path] = (),
        shard_column: str = "",
    ) -> None:
        self._database, self._schema, self._id = database, schema, schema.names[0]
        database.execute(f"CREATE TEMP TABLE excluded ({self._id} VARCHAR)")
        if exclude:
            database.execute(
                f"INSERT INTO excluded SELECT DISTINCT {self._id} FROM read_parquet($files)",  # noqa: S608
                {"files": [str(file) for file in exclude]},
            )
        hash_ = f"substr(sha256({shard_column}), 1, 16)" if shard_column else self._id
        database.execute(_OPEN.format(id=self._id, hash=hash_))

    def count(self, shard: Shard) -> int:
        """Return the number of questions of one shard, open or not."""
        ((count,),) = self._database.execute(
            "SELECT count(*) FROM numbered WHERE number % $of = $number", shard._asdict()
        ).fetchall()
        return int(count)

    def open_by_shard(self, shards: int) -> dict[int, int]:
        """Return the number of open questions of every shard that has any, by its number, ascending."""
        rows = self._database.execute(
            "SELECT number % $shards AS shard, count(*) FROM open GROUP BY ALL ORDER BY ALL",
            {"shards": shards},
        ).fetchall()
        return {int(number): int(count) for number, count in rows}

    def open_chunks(self, shard: Shard) -> Iterator[pa.Table]:
        """Yield the open questions of one shard, by id, `CHUNK` at a time.

        Nothing else may be asked of this object before the last chunk was taken.
        """
        rows = self._database.sql(
            f"SELECT * EXCLUDE number FROM open WHERE number % $of = $number ORDER BY {self._id}",  # noqa: S608
            params=shard._asdict(),
        )
        for batch in rows.to_arrow_reader(CHUNK):
            yield pa.Table.from_batches([batch]).select(self._schema.names).cast(self._schema)
