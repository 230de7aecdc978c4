"""What the days of an output were made from, as the lake remembers it: `lineage/<output>.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from airloom.logs.lake import Lake

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


_RECORDS: Final = TypeAdapter(dict[date, LineageRecord])


def read_records(lake: Lake, output: str) -> dict[date, LineageRecord]:
    """Return the records of an output by day; none if the file is absent or cannot be read.

    Without a record a day is built again, so a damaged file costs time and nothing else.
    """
    text = lake.read_text(FOLDER, f"{output}.json")
    try:
        return _RECORDS.validate_json(text) if text else {}
    except ValidationError:
        return {}


def write_records(lake: Lake, output: str, records: Mapping[date, LineageRecord]) -> None:
    """Replace the records of an output, whole or not at all.

    Raises:
        AirloomError: The disk is full or the file may not be written.
    """
    content = _RECORDS.dump_python({day: records[day] for day in sorted(records)}, mode="json")
    lake.write_text(json.dumps(content, indent=1) + "\n", FOLDER, f"{output}.json")
