"""Infers the behaviors of a day's users, and lets lake and online store hold the last ones of everybody."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureStore

from airloom.beyond_log.behavior_source import BehaviorSource
from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.infer import CHUNK_SIZE, Inferred, infer_behaviors
from airloom.beyond_log.outcomes import OUTCOMES, write_outcomes
from airloom.beyond_log.selection import Selection
from airloom.logs.contract import TIMESTAMP
from airloom.logs.lake import Lake
from airloom.progress import progress
from airloom.ranking.snapshot import Snapshot
from airloom.settings import as_dict
from airloom.timestamps import end_of, to_micros
from components.infer_behaviors.counts import InferredDay
from components.infer_behaviors.due_users import due_users, remove_withdrawn
from components.register_features.materialize import materialize
from components.train_generator.settings import BeyondLogSettings
from feature_repo.tables import INFERRED_BEHAVIORS

USERS_PER_FILE: Final = 100_000
"""Rows of a file of the lake, which is in memory as a whole."""


def infer_day(
    store: FeatureStore,
    lake: Lake,
    *,
    day: date,
    snapshot: Snapshot,
    generator: BehaviorGenerator,
    settings: BeyondLogSettings,
) -> InferredDay:
    """Infer for users whose history or generator is not that of their last row; all other rows stay.

    The day is written anew, from what earlier days hold: killed and repeated it gives the same bytes.

    Args:
        store: The Feast store, registered.
        lake: Holds histories and earlier rows.
        day: The day of the run.
        snapshot: Of the end of `day`.
        generator: What proposes.
        settings: How.
    """
    withdrawn = remove_withdrawn(lake)
    later = [at for at in lake.days(INFERRED_BEHAVIORS) if at > day]
    done = InferredDay()
    if later:
        print(f"Behaviors were inferred on {later[-1]} already, none are inferred for {day}")
    else:
        lake.delete(INFERRED_BEHAVIORS, day)
        source = GeneratedBehaviors(generator, snapshot, settings.sampling)
        selection = Selection(snapshot, settings.selection)
        version = version_of(generator, settings)
        with due_users(lake, day=day, version=version) as due:
            done = _write(lake, day, due, source, selection, snapshot, version)
    materialize(store, lake=lake.root, table=INFERRED_BEHAVIORS)
    return done._replace(withdrawn=withdrawn)


def remove_all(store: FeatureStore, lake: Lake) -> None:
    """Remove all that was ever inferred from lake and online store."""
    for table in (INFERRED_BEHAVIORS, OUTCOMES):
        for day in lake.days(table):
            lake.delete(table, day)
    materialize(store, lake=lake.root, table=INFERRED_BEHAVIORS)


def version_of(generator: BehaviorGenerator, settings: BeyondLogSettings) -> str:
    """Return what changes whenever the same history might give other behaviors, over one snapshot."""
    rules = json.dumps([as_dict(settings.sampling), as_dict(settings.selection)], sort_keys=True)
    return f"{generator.version}-{hashlib.sha256(rules.encode()).hexdigest()[:8]}"


def _write(
    lake: Lake,
    day: date,
    due: Iterable[pa.RecordBatch],
    source: BehaviorSource,
    selection: Selection,
    snapshot: Snapshot,
    version: str,
) -> InferredDay:
    """Write the rows of the due users, a file for every `USERS_PER_FILE`, and the outcomes."""
    users = behaviors = proposed = files = 0
    rejected: Counter[str] = Counter()
    waiting: list[pa.Table] = []
    for batch in progress(due, what="infer behaviors", unit="batches"):
        for begin in range(0, batch.num_rows, CHUNK_SIZE):
            chunk = batch.slice(begin, CHUNK_SIZE)
            (inferred,) = infer_behaviors(source, selection, snapshot, [chunk], now=end_of(day))
            waiting.append(_rows(chunk, inferred, day=day, source=source.name, version=version))
            users += inferred.users
            behaviors += inferred.table.num_rows
            proposed += inferred.proposed
            shares = inferred.rejected.items()
            rejected.update({rule: round(share * inferred.proposed) for rule, share in shares})
        if sum(rows.num_rows for rows in waiting) >= USERS_PER_FILE:
            lake.write(INFERRED_BEHAVIORS, day, pa.concat_tables(waiting), file=f"part-{files}")
            waiting, files = [], files + 1
    if waiting:
        lake.write(INFERRED_BEHAVIORS, day, pa.concat_tables(waiting), file=f"part-{files}")
    if users:
        write_outcomes(lake, day, rejected=rejected, kept=behaviors)
    else:
        lake.delete(OUTCOMES, day)
    return InferredDay(users, behaviors, proposed, rejected)


def _rows(chunk: pa.RecordBatch, inferred: Inferred, *, day: date, source: str, version: str) -> pa.Table:
    """Return a row for each user of a chunk; one without behaviors takes the place of an earlier one."""
    owners = pc.index_in(inferred.table["user_id"].combine_chunks(), chunk["user_id"])
    counts = np.bincount(owners.to_numpy(zero_copy_only=False), minlength=chunk.num_rows)
    offsets = pa.array(np.append(0, np.cumsum(counts)), pa.int32())
    objects, weights = (inferred.table[name].combine_chunks() for name in ("object_id", "weight"))
    holds_from = pa.scalar(to_micros(end_of(day)), TIMESTAMP)
    return pa.table(
        [
            chunk["user_id"],
            pa.ListArray.from_arrays(offsets, objects),
            pa.ListArray.from_arrays(offsets, weights),
            pa.repeat(pa.scalar(source), chunk.num_rows),
            pa.repeat(pa.scalar(version), chunk.num_rows),
            chunk["history_digest"],
            pa.repeat(holds_from, chunk.num_rows),
        ],
        schema=INFERRED_BEHAVIORS.schema,
    )
