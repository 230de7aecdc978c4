"""Target-aware retrieval: which part of a user's intent tree, and which events, concern a candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.intent_tree.tree import IntentTree


@dataclass(frozen=True)
class RetrievalSettings:
    """How chains and evidence are chosen.

    Attributes:
        chains: Nodes kept for a candidate.
        evidence: Events kept for a candidate.
        weight_share: gamma, what the logarithm of a node's weight adds to its similarity.
        kinship: What being a category of the candidate itself adds.
        least_similarity: Other nodes less similar than this are never kept.
        max_age_days: Older events are no evidence.
    """

    chains: int = 8
    evidence: int = 12
    weight_share: float = 0.1
    kinship: float = 0.5
    least_similarity: float = 0.2
    max_age_days: float = 30.0


class Retrieved(NamedTuple):
    """What was kept for each candidate, strongest first.

    Attributes:
        chains: int64 [C, K], rows of the tree; anything where `kept` is false.
        kept: bool [C, K].
        scores: float32 [C, K], 0 where not kept.
        similarities: float32 [C, K], cosine of candidate and node.
        kin: bool [C, K], the node is a category of the candidate.
        events: int64 [C, M], positions in the history; anything where `supports` is 0.
        supports: float32 [C, M], how much an event stands behind the kept nodes, 0 where it does not.
    """

    chains: NDArray[np.int64]
    kept: NDArray[np.bool_]
    scores: NDArray[np.float32]
    similarities: NDArray[np.float32]
    kin: NDArray[np.bool_]
    events: NDArray[np.int64]
    supports: NDArray[np.float32]


def retrieve(
    tree: IntentTree,
    *,
    similarities: NDArray[np.float32],
    kin: NDArray[np.bool_],
    ages: NDArray[np.float32],
    settings: RetrievalSettings,
) -> Retrieved:
    """Keep the best chains for every candidate, and the events that stand behind them.

    score(n | c) = cos(v_c, e_n) + gamma * log(1 + w(n)) + kinship * [n is a category of c].

    Args:
        tree: The user's intent tree, with N nodes over E events.
        similarities: float32 [C, N], cosine of each candidate's and each node's text.
        kin: bool [C, N], the node is a category of the candidate.
        ages: float32 [E], days since each event.
        settings: How many, and how similar and recent they must be.
    """
    bonus = settings.weight_share * np.log1p(tree.weights)
    scores = similarities + bonus + settings.kinship * kin
    scores[~kin & (similarities < settings.least_similarity)] = 0.0
    chains, best = _strongest(scores, settings.chains)
    standing = np.zeros_like(scores)
    np.put_along_axis(standing, chains, best, axis=1)
    recent = np.where(ages <= settings.max_age_days, tree.support, 0.0)
    events, supports = _strongest(standing @ recent, settings.evidence)
    return Retrieved(
        chains,
        best > 0,
        best,
        np.take_along_axis(similarities, chains, axis=1),
        np.take_along_axis(kin, chains, axis=1),
        events,
        supports,
    )


def heaviest(
    tree: IntentTree,
    *,
    similarities: NDArray[np.float32],
    kin: NDArray[np.bool_],
    ages: NDArray[np.float32],
    settings: RetrievalSettings,
) -> Retrieved:
    """The control without a target: the heaviest nodes and the newest events, alike for every candidate."""
    count = len(similarities)
    nodes = np.argsort(-tree.weights, kind="stable")[: settings.chains]
    newest = np.argsort(ages, kind="stable")[: settings.evidence]
    chains = np.broadcast_to(nodes, (count, len(nodes)))
    return Retrieved(
        chains,
        np.ones(chains.shape, np.bool_),
        np.broadcast_to(settings.weight_share * np.log1p(tree.weights[nodes]), chains.shape),
        similarities[:, nodes],
        kin[:, nodes],
        np.broadcast_to(newest, (count, len(newest))),
        np.ones((count, len(newest)), np.float32),
    )


def _strongest(values: NDArray[np.float32], most: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Columns and values of the `most` largest entries of each row, descending, never below 0."""
    if values.shape[1] > most:
        columns = np.argpartition(values, -most, axis=1)[:, -most:]
    else:
        columns = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    found = np.take_along_axis(values, columns, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1), np.maximum(np.take_along_axis(found, order, axis=1), 0)
