"""Labels from the log with point-in-time histories: what a ranker learns from and is evaluated on."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.logs.contract import CART, CLICK, ORDER, TIMESTAMP
from airloom.logs.histories import HISTORY_COLUMNS
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.settings import LabelWeights
from airloom.timestamps import seconds_of

LABELS: Final = pa.schema(
    [
        ("user_id", pa.string()),
        ("ts", TIMESTAMP),
        ("object_id", pa.string()),
        ("action", pa.string()),
        ("weight", pa.float32()),
    ]
)
"""One row for each product a user touched: the action with the largest weight, when first, and the weight."""

EXAMPLES: Final = pa.schema(
    [
        *LABELS,
        *HISTORY_COLUMNS.items(),
    ]
)
"""A label with the user's history just before it, read from the feature store (point-in-time join)."""


class Example(NamedTuple):
    """One label, with objects as rows of a snapshot.

    Attributes:
        user_id: For splitting and resampling by user, never an input.
        history: The user's events before the label.
        target: Row of the product.
        now: When it happened, seconds since 1970 UTC.
        weight: Weight in the loss.
        ordered: The product was ordered, not only clicked or put into the cart.
    """

    user_id: str
    history: UserHistory
    target: int
    now: int
    weight: float
    ordered: bool = True


def label_rows(events: pa.Table, weights: LabelWeights, *, max_labels: int, seed: int) -> pa.Table:
    """Return the labels (`LABELS`) in `events` by time; a random `max_labels` of them if there are more.

    Args:
        events: Clean events of the label window, without returns and what they took back.
        weights: The weight of each action.
        max_labels: Upper limit of the result.
        seed: Decides which labels are kept.
    """
    by_action = {CLICK: weights.click, CART: weights.cart, ORDER: weights.order}
    counted = [action for action, weight in by_action.items() if weight > 0]
    labeled = events.filter(pc.is_in(events["action"], pa.array(counted, pa.string())))
    weight = pa.array([by_action[action] for action in labeled["action"].to_pylist()], pa.float32())
    columns = ["user_id", "ts", "object_id", "action"]
    touches = labeled.select(columns).append_column("weight", weight).cast(LABELS)
    touches = touches.sort_by([("weight", "descending"), ("ts", "ascending"), ("action", "ascending")])
    numbered = touches.append_column("row", pa.array(np.arange(touches.num_rows)))
    first = numbered.group_by(["user_id", "object_id"]).aggregate([("row", "min")])["row_min"]
    order = [(name, "ascending") for name in ("ts", "user_id", "object_id")]
    labels = touches.take(first).sort_by(order)
    if len(labels) > max_labels:
        sample = np.random.default_rng(seed).choice(len(labels), max_labels, replace=False)
        labels = labels.take(np.sort(sample))
    return labels


def read_examples(rows: pa.Table, snapshot: Snapshot) -> list[Example]:
    """Return rows of `EXAMPLES` with objects as rows of `snapshot`, in the same order.

    Labels whose product the snapshot cannot show (not yet published, or retired) are left out: no ranker
    could have shown it either.
    """
    examples = []
    for batch in rows.to_batches(max_chunksize=4096):
        for row in batch.to_pylist():
            target = snapshot.index.get(row["object_id"])
            if target is not None and snapshot.objects.active[target]:
                now = seconds_of(row["ts"])
                past = snapshot.history(
                    row["object_ids"] or [], row["actions"] or [], row["timestamps"] or []
                )
                examples.append(
                    Example(
                        user_id=row["user_id"],
                        history=past.before(now),
                        target=target,
                        now=now,
                        weight=float(row["weight"]),
                        ordered=row["action"] == ORDER,
                    )
                )
    return examples
