"""The encoder's input features of every object (`ItemFeatures`), from titles and intent paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.encoder.network import ItemFeatures
from airloom.ranking.settings import ItemText
from airloom.ranking.snapshot import Snapshot

MAX_NODES: Final = 16
"""Nodes of one object that are read, those with the largest shares."""


def item_features(
    snapshot: Snapshot, item_id_rows: NDArray[np.int64], *, nodes: int, text: ItemText = "title"
) -> ItemFeatures:
    """Return the features of all objects; see `item_feature_batches`."""
    size = max(len(item_id_rows), 1)
    return next(item_feature_batches(snapshot, item_id_rows, nodes=nodes, size=size, text=text))


def item_feature_batches(
    snapshot: Snapshot,
    item_id_rows: NDArray[np.int64],
    *,
    nodes: int,
    size: int,
    text: ItemText = "title",
) -> Iterator[ItemFeatures]:
    """Yield the features of all objects, `size` at a time, so that no copy of all texts is made.

    Args:
        snapshot: Knows titles and intent paths.
        item_id_rows: int64 [O], row of each object's id embedding, 0 for none.
        nodes: Nodes that training knew; later ones have no embedding of their own.
        size: Objects at once.
        text: What is read as an object's text.

    Raises:
        AirloomError: Cards are to be read, and the snapshot has none.
    """
    texts = _texts(snapshot, text)
    node_ids, shares = _nodes_and_shares(snapshot)
    of_no_node = np.zeros((1, snapshot.nodes.embeddings.shape[1]), np.float32)
    embeddings = np.append(snapshot.nodes.embeddings, of_no_node, axis=0)
    for begin in range(0, max(len(item_id_rows), 1), size):
        rows = slice(begin, begin + size)
        intents = np.zeros((len(item_id_rows[rows]), embeddings.shape[1]), np.float32)
        for column in range(node_ids.shape[1]):
            intents += shares[rows, column, None] * embeddings[node_ids[rows, column]]
        yield ItemFeatures(
            torch.from_numpy(item_id_rows[rows]),
            torch.from_numpy(np.array(texts[rows])),
            torch.from_numpy(intents),
            torch.from_numpy(np.where(node_ids[rows] < nodes, node_ids[rows] + 1, 0).astype(np.int64)),
            torch.from_numpy(shares[rows]),
        )


def _texts(snapshot: Snapshot, text: ItemText) -> NDArray[np.float32]:
    objects = snapshot.objects
    if text == "title":
        return objects.embeddings
    if len(objects.card_embeddings) != len(objects.ids):
        raise AirloomError(
            "A tower reads knowledge cards, and the snapshot has none",
            do="Set `snapshot.cards: true` in the recipe and run the daily pipeline, or set the tower's "
            "`text: title`",
        )
    return objects.card_embeddings


def _nodes_and_shares(snapshot: Snapshot) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return nodes, int64 [O, K] with -1 for none, and their shares of the paths' confidence."""
    paths = snapshot.paths
    count, depth = len(paths.offsets) - 1, paths.nodes.shape[1]
    owners = np.repeat(np.arange(count), np.diff(paths.offsets) * depth)
    nodes = np.asarray(paths.nodes, np.int64).ravel()
    confidences = np.repeat(np.asarray(paths.confidences), depth)
    used = (nodes != NO_NODE) & (confidences > 0)
    keys, groups = np.unique(owners[used] * len(snapshot.nodes.labels) + nodes[used], return_inverse=True)
    sums = np.bincount(groups, confidences[used], minlength=len(keys))
    owners, nodes = np.divmod(keys, max(len(snapshot.nodes.labels), 1))
    order = np.lexsort((nodes, -sums, owners))
    owners, nodes, sums = owners[order], nodes[order], sums[order]
    ranks = np.arange(len(owners)) - np.searchsorted(owners, owners)
    kept = ranks < MAX_NODES
    width = int(ranks[kept].max(initial=0)) + 1
    node_ids = np.full((count, width), NO_NODE, np.int64)
    shares = np.zeros((count, width), np.float32)
    node_ids[owners[kept], ranks[kept]] = nodes[kept]
    shares[owners[kept], ranks[kept]] = sums[kept]
    return node_ids, shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
