"""Writes answers as JSON Lines, for another lake's import or for reading."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from airloom.files import atomic_file
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.version import LLM

_CHUNK: Final = 4096
_FIRST_ANSWERS: Final = """
SELECT * FROM read_parquet($files)
QUALIFY row_number() OVER (PARTITION BY {id} ORDER BY answered_at) = 1 ORDER BY {id}
"""


def write_answers(
    store: AnswerStore[Any], output: Path, *, line_of: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> int:
    """Write one line for every answer of every language model and return their number.

    Args:
        store: Of the task.
        output: Replaced, whole or not at all; by version as they count, and by id.
        line_of: Returns the line of a stored row.
    """
    count = 0
    query = _FIRST_ANSWERS.format(id=store.answers.id_column)
    with (
        atomic_file(output) as temporary,
        temporary.open("w", encoding="utf-8") as stream,
        duckdb.connect() as database,
    ):
        for version in store.versions(LLM):
            files = [str(file) for file in store.answer_files(version)]
            for batch in database.sql(query, params={"files": files}).to_arrow_reader(_CHUNK):
                for row in batch.to_pylist():
                    stream.write(json.dumps(line_of(row), ensure_ascii=False) + "\n")
                count += batch.num_rows
    return count
