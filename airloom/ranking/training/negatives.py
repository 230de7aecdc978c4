"""Negative sampling for training: the products that a target is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.catalogue import top_categories
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example

MAX_REDRAWS = 10


def training_candidates(
    examples: Sequence[Example],
    snapshot: Snapshot,
    *,
    negatives: int,
    popular_share: float,
    same_top: bool,
    seed: int,
) -> NDArray[np.int32]:
    """Return each example's target and `negatives` products, int32 [n, 1 + negatives].

    A share of the negatives is drawn by popularity, so that a ranker has to learn more than popularity, the
    rest evenly. Products that the same user wanted are drawn again, up to `MAX_REDRAWS` times; a product may
    occur twice.

    Args:
        examples: Read with `snapshot`.
        snapshot: Knows the products.
        negatives: How many.
        popular_share: Share of them that is drawn by popularity.
        same_top: Draw only from the target's own top category.
        seed: The same seed gives the same negatives.
    """
    rng = np.random.default_rng(seed)
    popular = round(popular_share * negatives)
    targets = np.array([example.target for example in examples], np.int64)
    users = np.unique([example.user_id for example in examples], return_inverse=True)[1]
    user_keys = users * len(snapshot.objects.ids)  # plus a row: one number for a user and an object
    drawn = np.empty((len(examples), negatives), np.int64)
    for pool in _pools(snapshot, same_top=same_top):
        rows = np.flatnonzero(np.isin(targets, pool))
        shares = _by_popularity(snapshot, pool)
        sample = np.concatenate(
            [
                rng.choice(pool, (len(rows), popular), p=shares),
                rng.choice(pool, (len(rows), negatives - popular)),
            ],
            axis=1,
        ).astype(np.int64)
        for _ in range(MAX_REDRAWS):
            wanted = np.isin(user_keys[rows, None] + sample, user_keys + targets)
            sample[wanted] = rng.choice(pool, int(wanted.sum()))
        drawn[rows] = sample
    return np.column_stack([targets, drawn]).astype(np.int32)


def sampling_log_odds(snapshot: Snapshot, *, popular_share: float, same_top: bool) -> NDArray[np.float32]:
    """Return log(probability of each object in `training_candidates` / of an even draw), float32 [O].

    Subtracted from the scores in the loss it is the logQ correction (Yi et al., RecSys 2019); without it
    popular products would be scored too low. 0 for what is never drawn.
    """
    odds = np.zeros(len(snapshot.objects.ids), np.float32)
    for pool in _pools(snapshot, same_top=same_top):
        share = 1 - popular_share + popular_share * len(pool) * _by_popularity(snapshot, pool)
        odds[pool] = np.log(np.maximum(share, 1e-3))
    return odds


def _pools(snapshot: Snapshot, *, same_top: bool) -> list[NDArray[np.int32]]:
    """Return the products that are negatives of each other."""
    products = snapshot.products
    if not same_top:
        return [products]
    tops = top_categories(snapshot)[products]
    return [products[tops == top] for top in np.unique(tops)]


def _by_popularity(snapshot: Snapshot, pool: NDArray[np.int32]) -> NDArray[np.float64]:
    popularity = snapshot.objects.popularity[pool].astype(np.float64) + 1e-3
    shares: NDArray[np.float64] = popularity / popularity.sum()
    return shares
