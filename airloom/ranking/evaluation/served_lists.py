"""The ranks of ordered products in the lists that the service would have shown: nothing is sampled.

All products on sale compete: a page is made of the candidates that the service generates from the whole
catalogue, and a product that is not among them is in no list, whoever ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.progress import progress
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.metrics import UNLISTED
from airloom.ranking.ranker import Ranker
from airloom.ranking.training.examples import Example


class ListRanks(NamedTuple):
    """Where the targets are in the lists of each ranker.

    Attributes:
        lists: int64 [n], the list of each target: one for a user and a moment, numbered by first occurrence.
        ranks: int64 [n] by ranker: the rank of each target in its list, from 1; `UNLISTED` if it is in none.
    """

    lists: NDArray[np.int64]
    ranks: dict[str, NDArray[np.int64]]


def rank_served_lists(
    rankers: Mapping[str, Ranker], examples: Sequence[Example], candidates: Candidates
) -> ListRanks:
    """Return where each target is in the list of its user and moment, by every ranker.

    What a user orders in one moment is relevant for one list. Ties count against a target.

    Args:
        rankers: All of them order the same candidates.
        examples: Targets with the histories before them.
        candidates: Generates the candidates of a list.
    """
    rows_of: dict[tuple[str, int], list[int]] = {}
    for row, example in enumerate(examples):
        rows_of.setdefault((example.user_id, example.now), []).append(row)
    lists = np.empty(len(examples), np.int64)
    ranks = {name: np.full(len(examples), UNLISTED, np.int64) for name in rankers}
    bar = progress(rows_of.values(), what="evaluation", total=len(rows_of), unit="lists")
    # the matrix products are small: more BLAS threads only wait for each other
    with threadpool_limits(1, user_api="blas"):
        for number, rows in enumerate(bar):
            lists[rows] = number
            example = examples[rows[0]]
            proposed = candidates.propose(example.history, example.now)
            position = {product: index for index, product in enumerate(proposed.tolist())}
            listed = [
                (row, position[examples[row].target]) for row in rows if examples[row].target in position
            ]
            if listed:
                of_targets, columns = np.array(listed).T
                for name, ranker in rankers.items():
                    scores = ranker.rank(history=example.history, candidates=proposed, now=example.now).scores
                    ranks[name][of_targets] = _ranks(scores, columns)
    return ListRanks(lists, ranks)


def _ranks(scores: NDArray[np.float32], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ranks of some columns, from 1; ties count against them, and so does a score of NaN."""
    not_below = ~(scores[None, :] < scores[columns, None])  # itself included
    ranks: NDArray[np.int64] = not_below.sum(axis=1, dtype=np.int64)
    return ranks
