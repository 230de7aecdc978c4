"""What the encoder reads of every object of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.encoder.network import Traits
from airloom.ranking.snapshot import Snapshot

MOST_NODES: Final = 16
"""Nodes of one object that are read, those with the largest shares."""


def traits_of(snapshot: Snapshot, own: NDArray[np.int64], *, nodes: int) -> Traits:
    """The traits of all objects; see `traits_in_parts`."""
    return next(traits_in_parts(snapshot, own, nodes=nodes, size=max(len(own), 1)))


def traits_in_parts(snapshot: Snapshot, own: NDArray[np.int64], *, nodes: int, size: int) -> Iterator[Traits]:
    """The traits of all objects, of `size` of them after the other, so that no copy of all texts is made.

    Args:
        snapshot: Knows titles and intent paths.
        own: int64 [O], row of each object's own vector, 0 for none.
        nodes: Nodes that training knew; later ones have no vector of their own.
        size: Objects at once.
    """
    found, shares = _nodes(snapshot)
    embeddings = np.append(snapshot.nodes.embeddings, np.zeros_like(snapshot.nodes.embeddings[:1]), axis=0)
    for begin in range(0, max(len(own), 1), size):
        rows = slice(begin, begin + size)
        intents = np.zeros((len(own[rows]), embeddings.shape[1]), np.float32)
        for column in range(found.shape[1]):
            intents += shares[rows, column, None] * embeddings[found[rows, column]]
        yield Traits(
            torch.from_numpy(own[rows]),
            torch.from_numpy(np.array(snapshot.objects.embeddings[rows])),
            torch.from_numpy(intents),
            torch.from_numpy(np.where(found[rows] < nodes, found[rows] + 1, 0).astype(np.int64)),
            torch.from_numpy(shares[rows]),
        )


def _nodes(snapshot: Snapshot) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Nodes int64 [O, K], -1 for none, and their shares of the confidence of all the object's paths."""
    paths = snapshot.paths
    count, depth = len(paths.offsets) - 1, paths.nodes.shape[1]
    owners = np.repeat(np.arange(count), np.diff(paths.offsets) * depth)
    nodes = np.asarray(paths.nodes, np.int64).ravel()
    worth = np.repeat(np.asarray(paths.confidences), depth)
    used = (nodes != NO_NODE) & (worth > 0)
    keys, places = np.unique(owners[used] * len(snapshot.nodes.labels) + nodes[used], return_inverse=True)
    sums = np.bincount(places, worth[used], minlength=len(keys))
    holders, nodes = np.divmod(keys, max(len(snapshot.nodes.labels), 1))
    order = np.lexsort((nodes, -sums, holders))
    holders, nodes, sums = holders[order], nodes[order], sums[order]
    ranks = np.arange(len(holders)) - np.searchsorted(holders, holders)
    kept = ranks < MOST_NODES
    width = int(ranks[kept].max(initial=0)) + 1
    found = np.full((count, width), NO_NODE, np.int64)
    shares = np.zeros((count, width), np.float32)
    found[holders[kept], ranks[kept]] = nodes[kept]
    shares[holders[kept], ranks[kept]] = sums[kept]
    return found, shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
