"""The products of a day as questions to an agent, and which of them are open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from airloom.bounded_database import bounded_database
from airloom.knowledge.agents.answers import AGENT_ANSWERS, QUESTION_SCHEMA
from airloom.llm.known_questions import KnownQuestions
from airloom.logs.contract import COMMERCE, OBJECTS
from airloom.logs.lake import Lake
from airloom.timestamps import end_of, to_datetime

_PRODUCTS: Final = """
CREATE TEMP VIEW questions AS
WITH latest AS (
    SELECT object_id, unnest(
        arg_max(struct_pack(domain, title, description, category_path, published_at, retired_at), dt)
    ) FROM objects GROUP BY object_id
), on_sale AS (
    SELECT object_id, title, description, category_path, substr(sha256(concat_ws(
        chr(0), title, coalesce(description, ''), coalesce(array_to_string(category_path, chr(1)), '')
    )), 1, 12) AS digest
    FROM latest WHERE domain = getvariable('commerce') AND trim(title) <> ''
    AND (published_at IS NULL OR published_at < getvariable('day_end'))
    AND (retired_at IS NULL OR retired_at >= getvariable('day_end'))
)
SELECT substr(sha256(concat_ws(chr(0), getvariable('agent'), object_id, digest)), 1, 16) AS question_id,
    getvariable('agent') AS agent, object_id, digest, title, description, category_path
FROM on_sale
"""


@contextmanager
def product_database(lake: Lake, *, agent: str, day: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a bounded database whose view `questions` has a row for each product (`QUESTION_SCHEMA`).

    A product that is delivered again with other texts is another question; one without a title is none.

    Args:
        lake: Where the objects are.
        agent: Name of the agent that the questions are to.
        day: The last complete day; products that are on sale at its end count.
    """
    values = {"commerce": COMMERCE, "day_end": to_datetime(end_of(day)), "agent": agent}
    with bounded_database() as database:
        database.register("objects", lake.dataset(OBJECTS, through=day, with_day=True))
        for name, value in values.items():
            database.execute(f"SET VARIABLE {name} = $value", {"value": value})
        database.execute(_PRODUCTS)
        yield database


@contextmanager
def known_products(
    lake: Lake, *, agent: str, day: date, exclude: Sequence[Path] = ()
) -> Iterator[KnownQuestions]:
    """Open the questions to an agent about the products of `product_database`.

    Args:
        lake: Where the objects are.
        agent: Its name.
        day: The last complete day.
        exclude: Parquet files of the store; questions whose id is in them are not open.
    """
    with product_database(lake, agent=agent, day=day) as database:
        yield KnownQuestions(
            database, schema=QUESTION_SCHEMA, exclude=exclude, shard_column=AGENT_ANSWERS.shard_column
        )


@contextmanager
def known_rows(
    chunks: Iterable[pa.Table], *, schema: pa.Schema, exclude: Sequence[Path] = ()
) -> Iterator[KnownQuestions]:
    """Open questions that are there as rows; a chunk of them is in memory at a time.

    Args:
        chunks: The questions.
        schema: Theirs; the id is the first column.
        exclude: Parquet files of the store; questions whose id is in them are not open.
    """
    with bounded_database() as database:
        database.register("chunk", schema.empty_table())
        database.execute("CREATE TEMP TABLE questions AS FROM chunk")
        for chunk in chunks:
            database.register("chunk", chunk)
            database.execute("INSERT INTO questions FROM chunk")
        yield KnownQuestions(
            database, schema=schema, exclude=exclude, shard_column=AGENT_ANSWERS.shard_column
        )
