"""What the days of an output were made from, as the lake remembers it: `lineage/<output>.json`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pyarrow import fs
from pydantic import TypeAdapter, ValidationError

from airloom.logs.lake import Lake
from airloom.writers_lock import writers_lock

FOLDER: Final = "lineage"


@dataclass(frozen=True)
class LineageRecord:
    """What one day of an output was made from.

    Attributes:
        version: Of the code that made it.
        inputs: Fingerprint of what was read, by name.
        settings: Every setting that decides what is written, by its whole key.
        outputs: Fingerprint of what was written, by name.
        counts: Figures about the day that a later run asks for, by name.
    """

    version: int
    inputs: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


_BEGUN: Final = 0
"""Version of a record that says only that the day was about to be written; those of code begin at 1."""

_RECORDS: Final = TypeAdapter(dict[date, LineageRecord])


def begun() -> LineageRecord:
    """Return the record of a day that is about to be written; it agrees with no code and no input."""
    return LineageRecord(version=_BEGUN, inputs={})


def read_records(lake: Lake, output: str) -> dict[date, LineageRecord]:
    """Return the records of an output by day; none if the file is absent or cannot be read.

    Without a record a day is built again, so a damaged file costs time and nothing else.
    """
    text = lake.read_text(FOLDER, f"{output}.json")
    try:
        return _RECORDS.validate_json(text) if text else {}
    except ValidationError:
        return {}


def update_records(
    lake: Lake,
    output: str,
    *,
    built: Mapping[date, LineageRecord] | None = None,
    dropped: Collection[date] = (),
) -> dict[date, LineageRecord]:
    """Change the records of some days of an output and return those of all its days.

    Records that another run wrote meanwhile are kept. In a local lake writers take turns; an object store has
    no locks, so there a run that writes in the same instant may lose days, which are then built again.

    Args:
        lake: Holds the records.
        output: Name of the table.
        built: The new records by day.
        dropped: The days whose records are removed.

    Raises:
        AirloomError: The disk is full or the file may not be written.
    """
    with _writers_lock(lake, output):
        records = {**read_records(lake, output), **(built or {})}
        records = {day: records[day] for day in sorted(records) if day not in dropped}
        content = _RECORDS.dump_python(records, mode="json")
        lake.write_text(json.dumps(content, indent=1) + "\n", FOLDER, f"{output}.json")
    return records


@contextmanager
def _writers_lock(lake: Lake, output: str) -> Iterator[None]:
    """Hold the lock of an output's records in a local lake."""
    if not isinstance(lake.filesystem, fs.LocalFileSystem):
        yield
        return
    with writers_lock(lake.path(FOLDER, f"{output}.json")):
        yield
