"""Writes the intents of language models as JSON Lines, for another cluster's import or for reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from airloom.intents.store import IntentStore
from airloom.llm.batch_files.export_answers import write_answers
from airloom.logs.lake import Lake

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
    """Write one line for every answer of every language model and return their number.

    Args:
        lake: Where the store is.
        output: Replaced, whole or not at all; by version as they count, and by atom.
    """
    return write_answers(IntentStore(lake), output, line_of=_line)


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    paths = [{"labels": path["labels"], "confidence": round(path["confidence"], 6)} for path in row["paths"]]
    line = {"id": row["object_id"], "paths": paths, "prompt": row["prompt_version"]}
    return line | {name: row[name] for name in _SAME_NAME}
