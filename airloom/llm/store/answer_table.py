"""The columns of stored answers: those of the task, between those that every task has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

import pyarrow as pa

from airloom.llm.keys import key_id
from airloom.llm.outcome import Answer, Outcome
from airloom.llm.version import Version
from airloom.logs.contract import TIMESTAMP

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

_ABOUT_THE_ANSWER: Final = (
    ("reason", pa.string()),
    ("raw", pa.string()),
    ("reasoner", pa.string()),
    ("model", pa.string()),
    ("prompt_version", pa.string()),
    ("calls", pa.int64()),
    ("repaired", pa.bool_()),
    ("tokens_in", pa.int64()),
    ("tokens_out", pa.int64()),
    ("usd", pa.float64()),
    ("asked_for", pa.date32()),
    ("answered_at", TIMESTAMP),
)


@dataclass(frozen=True)
class AnswerTable(Generic[V]):
    """How outcomes become rows: one row per question of a version.

    Behind the task's columns, `reason` says why a reply was rejected, none came or it says nothing,
    `reasoner` how the reply came (`openai`, `transformers`, `imported`, ...), `asked_for` is the day of the
    run that asked. `answered_at` is the only column that differs when the same is done again.

    Attributes:
        id_column: Name of the column of `key_id`.
        key_columns: The fields of a key, all strings.
        value_columns: Name and type of each column that holds a part of the value.
        to_columns: Returns these columns for a value as JSON-able Python; for None those of no answer.
        schema_version: Part of every version; raise it when the meaning of a stored answer changes.
        shard_column: The field of the key that decides the shard, so that all questions with the same one are
            in the same shard; empty if the whole key does.
        may_be_alike: Whether a model may well answer every question alike, and empty; else that is warned of.
    """

    id_column: str
    key_columns: tuple[str, ...]
    value_columns: tuple[tuple[str, pa.DataType], ...]
    to_columns: Callable[[V | None], Mapping[str, Any]]
    schema_version: str
    shard_column: str = ""
    may_be_alike: bool = False

    @cached_property
    def schema(self) -> pa.Schema:
        """All columns, in their order on the disk."""
        strings = (self.id_column, *self.key_columns, "status")
        return pa.schema(
            [*((name, pa.string()) for name in strings), *self.value_columns, *_ABOUT_THE_ANSWER]
        )

    def columns(self, names: Sequence[str]) -> pa.Schema:
        """Return the schema of some columns, each once."""
        return pa.schema([self.schema.field(name) for name in dict.fromkeys(names)])

    def rows(
        self,
        outcomes: Iterable[Outcome[Any, V]],
        *,
        version: Version,
        reasoner: str,
        day: date | None = None,
        at: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """Return what a journal keeps of outcomes: JSON-able dictionaries with the names of the columns.

        Args:
            outcomes: Of one version.
            version: Theirs.
            reasoner: How the replies came.
            day: The day of the run that asked.
            at: When the replies came.
        """
        when = {"asked_for": day and day.isoformat(), "answered_at": at and at.isoformat()}
        return [self._row(outcome, version, reasoner) | when for outcome in outcomes]

    def table(self, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        """Return rows as a table."""
        parsers = {"asked_for": date.fromisoformat, "answered_at": datetime.fromisoformat}
        return pa.Table.from_pylist(
            [
                {**row, **{name: parse(row[name]) for name, parse in parsers.items() if row[name]}}
                for row in rows
            ],
            schema=self.schema,
        )

    def _row(self, outcome: Outcome[Any, V], version: Version, reasoner: str) -> dict[str, Any]:
        key = outcome.key
        value = outcome.value if isinstance(outcome, Answer) else None
        return {
            self.id_column: key_id(key) if key else None,
            **dict(zip(self.key_columns, key or [None] * len(self.key_columns), strict=True)),
            "status": outcome.status,
            "raw": outcome.raw,
            "reasoner": reasoner,
            "model": version.model,
            "prompt_version": version.prompt,
            **self.to_columns(value),
            "reason": outcome.reason or None,
            "repaired": isinstance(outcome, Answer) and outcome.repaired,
            **{name: count for name, count in outcome.usage._asdict().items() if name in self.schema.names},
        }
