"""Infers behaviors of many users, a chunk at a time, as a table that is dated and names its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from airloom.beyond_log.behavior_source import BehaviorSource
from airloom.beyond_log.selection import RULES, Selection
from airloom.logs.contract import TIMESTAMP
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import MICROS_PER_SECOND, EpochSeconds

BEHAVIOR_ROWS: Final = pa.schema(
    [
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("object_id", pa.string(), nullable=False),
        pa.field("weight", pa.float32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("as_of", TIMESTAMP, nullable=False),
    ]
)
"""One row for each inferred behavior, by user as given and then weight, the largest first.

`source` and `version` name what proposed it, `as_of` is the moment up to which events were known.
"""
CHUNK_SIZE: Final = 4096
"""Users at once: with 100 events each, some ten megabytes."""


class Inferred(NamedTuple):
    """The behaviors of some users.

    Attributes:
        table: `BEHAVIOR_ROWS`; a user for whom nothing is kept has no row.
        users: Users who were asked for.
        proposed: Proposals before any rule.
        rejected: Share of them that each of `RULES` rejected.
    """

    table: pa.Table
    users: int
    proposed: int
    rejected: dict[str, float]


def infer_behaviors(
    source: BehaviorSource,
    selection: Selection,
    snapshot: Snapshot,
    histories: Iterable[pa.RecordBatch],
    *,
    now: EpochSeconds,
) -> Iterator[Inferred]:
    """Yield the behaviors of each chunk of users; neither chunks nor order change what a user gets.

    Args:
        source: Proposes over `snapshot`.
        selection: The rules, over `snapshot`.
        snapshot: Knows products and intents.
        histories: `user_id` and `airloom.logs.histories.HISTORY_COLUMNS`, each user once.
        now: Events of this second and later are not read.
    """
    ids = pa.array(snapshot.objects.ids, pa.string())
    as_of = pa.scalar(now * MICROS_PER_SECOND, TIMESTAMP)
    for batch in histories:
        for begin in range(0, batch.num_rows, CHUNK_SIZE):
            rows = batch.slice(begin, CHUNK_SIZE)
            users = rows["user_id"].to_pylist()
            past = [
                snapshot.history(objects or [], actions or [], timestamps or []).before(now)
                for objects, actions, timestamps in zip(
                    *(rows[name].to_pylist() for name in ("object_ids", "actions", "timestamps")), strict=True
                )
            ]
            proposals = source.propose(users, past, now)
            kept = [
                selection.select(proposed, history) for proposed, history in zip(proposals, past, strict=True)
            ]
            owners = np.repeat(np.arange(len(users)), [len(chosen.products) for chosen in kept])
            products = np.concatenate([np.empty(0, np.int32), *(chosen.products for chosen in kept)])
            weights = np.concatenate([np.empty(0, np.float32), *(chosen.weights for chosen in kept)])
            proposed = sum(len(one.products) for one in proposals)
            rejected = np.sum([np.zeros(len(RULES)), *(chosen.rejected for chosen in kept)], axis=0)
            yield Inferred(
                pa.table(
                    [
                        rows["user_id"].take(pa.array(owners)),
                        ids.take(pa.array(products)),
                        pa.array(weights),
                        pa.repeat(pa.scalar(source.name), len(owners)),
                        pa.repeat(pa.scalar(source.version), len(owners)),
                        pa.repeat(as_of, len(owners)),
                    ],
                    schema=BEHAVIOR_ROWS,
                ),
                len(users),
                proposed,
                dict(zip(RULES, (rejected / max(proposed, 1)).tolist(), strict=True)),
            )
