"""A lake whose shop sold every product of the small catalogue once, for the fine-tuning of the assistant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from components.build_snapshot.pointer import Pointer, write_pointer
from tests.airloom.assistant.small_catalogue import SNAPSHOT

DAY: Final = date(2026, 1, 1)
FAST: Final[dict[str, Any]] = {
    "max_tokens": 8,
    "reinforcement": {"epochs": 2, "group_size": 2, "requests_per_step": 2},
}
"""Settings of a training that takes seconds."""


def write_assistant_lake(folder: Path) -> Lake:
    """Write the snapshot that serves, and the orders of one day."""
    saved = SNAPSHOT.save(folder / "snapshots")
    write_pointer(folder / "snapshots", Pointer(saved.digest, saved.before))
    names = [SNAPSHOT.objects.ids[row] for row in SNAPSHOT.products.tolist()]
    row = {"ts": datetime(2026, 1, 1, tzinfo=UTC), "action": "order", "user_id": "u"}
    rows = [{**row, "object_id": name, "event_id": f"e{number}"} for number, name in enumerate(names)]
    table = pa.Table.from_pylist(
        [{field.name: one.get(field.name) for field in EVENTS.stored_schema} for one in rows],
        EVENTS.stored_schema,
    )
    lake = Lake(folder)
    lake.write(EVENTS, DAY, table)
    return lake
