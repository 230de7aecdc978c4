"""What each step of a pipeline run did, how long it took and what it needed: the lake's `runs/<run id>/`.

Kubeflow tells an exit handler only that a run failed. The records tell it where, why and what to do.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.logs.lake import Lake
from airloom.settings import as_dict, parse
from airloom.timestamps import EpochSeconds, to_datetime

FOLDER: Final = "runs"
MAX_AGE: Final = timedelta(days=90)
"""How long the records of a run are kept."""
RUN_ID: Final = "KFP_RUN_ID"
"""Environment variable with the id of the run that a step belongs to; empty where nothing is recorded."""


@dataclass(frozen=True)
class StepRecord:
    """The last attempt of one step.

    Attributes:
        step: Name of the component.
        key: Digest of the step's parameters: the same for every attempt, another for every shard of a loop.
        attempt: Its number, from 1.
        state: `running` is also what a step leaves that was killed.
        started_at: UTC.
        seconds: Duration of this attempt.
        peak_memory_mb: The most that the step and the processes it started held together, MB.
        message: Why it failed.
        next_step: What to do about it; empty where the step's log must be read for that.
        outputs: The output parameters.
    """

    step: str
    key: str
    attempt: int
    state: Literal["running", "succeeded", "failed"]
    started_at: datetime
    seconds: float = 0.0
    peak_memory_mb: int = 0
    message: str = ""
    next_step: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)


class RunRecords:
    """The records of one run.

    Args:
        lake: Where they are kept.
        run_id: Kubeflow's id of the run.

    Raises:
        AirloomError: The id cannot name a folder.
    """

    def __init__(self, lake: Lake, run_id: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", run_id):
            raise AirloomError(f"{run_id!r} is not the id of a run", do=f"Set {RUN_ID} to Kubeflow's id")
        self._folder = lake.path(FOLDER, run_id)

    def begin(self, step: str, parameters: Mapping[str, Any]) -> StepRecord:
        """Record that an attempt of `step` starts now; its number is one above that of the last attempt."""
        text = json.dumps(parameters, sort_keys=True, default=str)
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        file = self._file(step, key)
        before = _read(file)
        attempt = before.attempt + 1 if before else 1
        record = StepRecord(step, key, attempt, "running", datetime.now(UTC))
        self.write(record)
        return record

    def write(self, record: StepRecord) -> None:
        """Replace the last record of a step."""
        write_text(self._file(record.step, record.key), json.dumps(as_dict(record), indent=1) + "\n")

    def read(self) -> list[StepRecord]:
        """Return the last attempt of every step that began, in the order in which they started.

        A record that cannot be read is left out: the others still tell how the run went.
        """
        records = [record for record in map(_read, self._folder.glob("*.json")) if record is not None]
        return sorted(records, key=lambda record: (record.started_at, record.step, record.key))

    def _file(self, step: str, key: str) -> Path:
        return self._folder / f"{step}-{key}.json"


def remove_old_records(lake: Lake, *, now: datetime) -> None:
    """Remove the records of runs that ended longer than `MAX_AGE` ago."""
    for folder in lake.path(FOLDER).glob("*"):
        if folder.is_dir() and now - to_datetime(EpochSeconds(int(folder.stat().st_mtime))) > MAX_AGE:
            shutil.rmtree(folder, ignore_errors=True)


def _read(file: Path) -> StepRecord | None:
    """Return the record in a file; None where there is none, or none that can be read."""
    try:
        record = parse(StepRecord, json.loads(file.read_text(encoding="utf-8")))
        _ = record.started_at.timestamp(), round(record.seconds)
        return replace(record, started_at=record.started_at.astimezone(UTC))
    except (OSError, ValueError, TypeError, OverflowError, RecursionError, AirloomError) as error:
        if file.exists():
            print(f"The run record {file} cannot be read and is left out: {error}", file=sys.stderr)
        return None
