"""Finds every file in which a text still stands, whatever form it is kept in."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq


def traces(folder: Path, text: str) -> list[str]:
    """Files below `folder` that hold `text`: in their bytes, or in the rows of a Parquet file."""
    files = []
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        content = file.read_bytes()
        if file.suffix == ".parquet":
            content += json.dumps(pq.read_table(file).to_pylist(), default=str).encode()
        if text.encode() in content:
            files.append(str(file.relative_to(folder)))
    return files
