"""Writes what language models answered as JSON Lines, for another cluster's import or for reading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import duckdb

from airloom.files import whole_file
from airloom.intents.answers import LLM
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake

_CHUNK: Final = 4096
_SORTED: Final = """
SELECT * FROM read_parquet($files) QUALIFY row_number() OVER (PARTITION BY atom_id ORDER BY answered_at) = 1
ORDER BY atom_id
"""
_SAME_NAME: Final = (
    "action",
    "profile_bucket",
    "model",
    "raw",
    "repaired",
    "calls",
    "tokens_in",
    "tokens_out",
    "usd",
)


def export_answers(lake: Lake, output: Path) -> int:
    """Write one line for every answer of every language model; returns how many.

    Args:
        lake: Where the store is.
        output: Replaced, whole or not at all; by version as they count, and by atom.
    """
    store = IntentStore(lake)
    count = 0
    with (
        whole_file(output) as temporary,
        temporary.open("w", encoding="utf-8") as stream,
        duckdb.connect() as db,
    ):
        for version in store.versions(LLM):
            files = [str(file) for file in store.answer_files(version)]
            found = db.sql(_SORTED, params={"files": files}).to_arrow_reader(_CHUNK)
            for batch in found:
                for row in batch.to_pylist():
                    stream.write(json.dumps(_line(row), ensure_ascii=False) + "\n")
                count += batch.num_rows
    return count


def _line(row: dict[str, Any]) -> dict[str, Any]:
    paths = [{"labels": path["labels"], "confidence": round(path["confidence"], 6)} for path in row["paths"]]
    line = {"id": row["object_id"], "paths": paths, "prompt": row["prompt_version"]}
    return line | {name: row[name] for name in _SAME_NAME}
