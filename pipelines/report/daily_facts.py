"""What a daily run found, read back from its steps: for the terminal and for the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airloom.logs.contract import LOG_TABLES
from pipelines.local import PipelineRun, StepResult

VALIDATE, COLLECT, DRIFT = "validate-logs", "collect-intents", "monitor-drift"


@dataclass(frozen=True)
class TableRows:
    """Rows of one table of the logs: delivered, and of these in quarantine."""

    landed: int
    quarantined: int


@dataclass(frozen=True)
class DailyFacts:
    """The figures of one daily run.

    Attributes:
        day: The day of the run.
        tables: Rows delivered up to the day, by table.
        missing_days: Days in the middle of the log that were never delivered.
        withdrawn: Days that the platform took back, in words.
        atoms: Atoms known at the end of the day, all answered.
        with_paths: Of these, those whose answer names at least one intent path; None in an older run.
        asked: Of these, what a reasoner read in this run.
        by_fallback: Of these, what the fallback read.
        unreadable: Atoms with titles that the encoder could not read.
        paths: Intent paths of all answers.
        checked: Columns that had enough values to be compared with the days before.
        drifted: Of these, those that differ.
        alarm: Whether so many differ that the ranker is trained again.
    """

    day: str
    tables: Mapping[str, TableRows]
    missing_days: Sequence[str]
    withdrawn: Sequence[str]
    atoms: int
    with_paths: int | None
    asked: int
    by_fallback: int
    unreadable: int
    paths: int
    checked: int
    drifted: int
    alarm: bool

    @property
    def rows(self) -> int:
        """Rows delivered up to the day, of all tables."""
        return sum(table.landed for table in self.tables.values())

    @property
    def quarantined(self) -> int:
        """Of these, those in quarantine."""
        return sum(table.quarantined for table in self.tables.values())

    @property
    def coverage(self) -> float | None:
        """The share of atoms with an intent path; None where it is not known."""
        return None if self.with_paths is None or not self.atoms else self.with_paths / self.atoms


def read_daily_facts(run: PipelineRun) -> DailyFacts:
    """Return what a finished run of `airloom-daily` found; what it did not record is 0 or empty."""
    validated, collected, drift = (_step(run, name) for name in (VALIDATE, COLLECT, DRIFT))
    rows, with_paths = _metrics(validated), _metrics(collected).get("with_paths")
    shards = [_metrics(step) for name, step in run.steps.items() if "distill-intents" in name]
    return DailyFacts(
        day=run.day,
        tables={
            table.name: TableRows(
                int(rows.get(f"{table.name}_landed", 0)), int(rows.get(f"{table.name}_quarantined", 0))
            )
            for table in LOG_TABLES
        },
        missing_days=validated.parameters.get("missing_days", []),
        withdrawn=validated.parameters.get("withdrawn", []),
        atoms=int(collected.parameters.get("atoms", 0)),
        with_paths=None if with_paths is None else int(with_paths),
        asked=int(collected.parameters.get("asked", 0)),
        by_fallback=sum(int(shard.get("fallback", 0)) for shard in shards),
        unreadable=int(_metrics(collected).get("unreadable", 0)),
        paths=int(collected.parameters.get("paths", 0)),
        checked=int(_metrics(drift).get("checked", 0)),
        drifted=int(_metrics(drift).get("drifted", 0)),
        alarm=bool(drift.parameters.get("Output", False)),
    )


def _step(run: PipelineRun, name: str) -> StepResult:
    return run.steps.get(name, StepResult({}, {}, {}))


def _metrics(step: StepResult) -> dict[str, Any]:
    return step.metadata.get("metrics", {})
