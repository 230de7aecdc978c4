"""The categories that product types, the last labels of paths, mostly lead to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.intents.linking.linked_labels import LinkedLabels
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.parsed_paths import Labels


def main_categories(labels: Sequence[Labels], linked: LinkedLabels, counts: NDArray[np.int64]) -> pa.Table:
    """Return one row per last label that leads anywhere, ascending.

    Args:
        labels: Sequences of labels, R of them.
        linked: What they mean.
        counts: int64 [R], paths that have these labels.

    Returns:
        label; node of the category to which most of the paths' shares go; share, how much of them that is;
        cosine, the mean over these paths, null if all of them spell the category; paths.
    """
    last = pa.array([path[-1] for path in labels], pa.string()).dictionary_encode()
    label = last.indices.to_numpy()
    weights = counts[:, None] * linked.shares
    row, column = np.nonzero((weights > 0) & (linked.categories != NO_NODE))
    weight, cosine = weights[row, column], linked.cosines[row, column]
    compared = ~np.isnan(cosine)
    cells = pa.table(
        {
            "label": label[row],
            "node": linked.categories[row, column],
            "weight": weight,
            "compared": weight * compared,
            "cosine": weight * np.where(compared, cosine, 0.0),
        }
    )
    # one thread: a sum of floats depends on its order
    sums = cells.group_by(["label", "node"], use_threads=False).aggregate(
        [(name, "sum") for name in ("weight", "compared", "cosine")]
    )
    sums = sums.sort_by([("label", "ascending"), ("weight_sum", "descending"), ("node", "ascending")])
    owner, first = np.unique(sums["label"].to_numpy(), return_index=True)
    best = sums.take(pa.array(first))
    totals = np.bincount(label[row], weight, minlength=len(last.dictionary))[owner]
    compared_sum = best["compared_sum"].to_numpy()
    table = pa.table(
        {
            "label": last.dictionary.take(pa.array(owner)),
            "node": best["node"],
            "share": best["weight_sum"].to_numpy() / totals,
            "cosine": pa.array(
                best["cosine_sum"].to_numpy() / np.where(compared_sum > 0, compared_sum, 1.0),
                mask=compared_sum == 0,
            ),
            "paths": np.bincount(label, counts, minlength=len(last.dictionary))[owner].astype(np.int64),
        }
    )
    return table.sort_by("label")
