"""What became of the atoms, and what each version of answers took, for the page to say first."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from airloom.bounded_database import bounded_database
from airloom.intents.answers import INTENT_ANSWERS
from airloom.intents.known_atoms import known_atoms
from airloom.intents.store import IntentStore
from airloom.llm.keys import Shard
from airloom.llm.outcome import ANSWERED, EMPTY, FAILED, REJECTED
from airloom.logs.lake import Lake

_COUNTED: Final = (
    "atom_id", "status", "reasoner", "model", "prompt_version",
    "calls", "tokens_in", "tokens_out", "usd", "answered_at", "reason",
)  # fmt: skip
_BY_VERSION: Final = """
SELECT reasoner, model, prompt_version,
    count(DISTINCT atom_id) FILTER (status = $answered), count(DISTINCT atom_id) FILTER (status = $empty),
    count(*) FILTER (status = $rejected), count(*) FILTER (status = $failed),
    sum(calls)::BIGINT, sum(tokens_in)::BIGINT, sum(tokens_out)::BIGINT, sum(usd)
FROM (SELECT *, NULL AS raw FROM stored UNION FROM rejected UNION FROM failed)
GROUP BY ALL ORDER BY count(*) DESC, reasoner, model, prompt_version
"""


class VersionUse(NamedTuple):
    """What one way of reading did: statuses count atoms, `rejected` replies and `failed` every attempt."""

    reasoner: str
    model: str
    prompt: str
    answered: int
    empty: int
    rejected: int
    failed: int
    calls: int
    tokens_in: int
    tokens_out: int
    usd: float


class AtomCounts(NamedTuple):
    """What became of the atoms; one that several versions answered counts once.

    Attributes:
        known: Atoms known at the end of the day.
        open: Of these, what no version has answered.
        answered: Atoms of the store with paths.
        empty: Atoms that foretell no purchase.
        rejected: Replies that were no answer.
        failed: Atoms without a reply that the next run asks again.
        versions: Those that read most first.
    """

    known: int
    open: int
    answered: int
    empty: int
    rejected: int
    failed: int
    versions: list[VersionUse]


def count_atoms(lake: Lake, *, day: date, answers: pa.Table, rejected: pa.Table) -> AtomCounts:
    """Count what the store has.

    Args:
        lake: Where it lies.
        day: The last complete day.
        answers: `IntentStore.read`, with the column status.
        rejected: `IntentStore.rejected_rows`.
    """
    store = IntentStore(lake)
    with known_atoms(lake, day=day, exclude=store.answered_files()) as atoms:
        known, unanswered = atoms.count(Shard()), sum(atoms.open_by_shard(1).values())

    def having(table: pa.Table, status: str) -> int:
        return int(pc.sum(pc.equal(table["status"], status)).as_py() or 0)

    failed = rejected.filter(pc.equal(rejected["status"], FAILED))["atom_id"]
    return AtomCounts(
        known,
        unanswered,
        having(answers, ANSWERED),
        having(answers, EMPTY),
        having(rejected, REJECTED),
        pc.count_distinct(failed).as_py(),
        _versions(store, rejected),
    )


def _versions(store: IntentStore, rejected: pa.Table) -> list[VersionUse]:
    columns = [*_COUNTED, "raw"]
    # an attempt that failed cost something too, also where a later one was answered
    failed = [store.rows_of(name, status=FAILED, columns=columns) for name in store.versions()]
    empty = INTENT_ANSWERS.schema.empty_table().select(columns)
    files = [str(file) for file in store.answered_files()]
    with bounded_database() as database:
        database.register("rejected", rejected.select(columns))
        database.register("failed", pa.concat_tables([empty, *failed]))
        if files:
            database.read_parquet(files).select(", ".join(_COUNTED)).create_view("stored")
        else:
            database.register("stored", empty.drop_columns("raw"))
        values = {"answered": ANSWERED, "empty": EMPTY, "rejected": REJECTED, "failed": FAILED}
        return [VersionUse(*row) for row in database.execute(_BY_VERSION, values).fetchall()]
