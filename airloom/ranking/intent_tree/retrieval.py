"""Target-aware retrieval: which part of a user's intent tree, and which events, concern a candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
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
    bonus = (settings.weight_share * np.log1p(tree.weights)).astype(np.float32)
    scores = _scores(
        similarities, kin, bonus, np.float32(settings.kinship), np.float32(settings.least_similarity)
    )
    chains, best = strongest(scores, settings.chains)
    events, supports = strongest(
        _behind(chains, best, tree.support, ages <= settings.max_age_days), settings.evidence
    )
    return Retrieved(chains, *_of_chains(chains, best, similarities, kin), events, supports)


@compiled
def _of_chains(
    chains: NDArray[np.int64],
    best: NDArray[np.float32],
    similarities: NDArray[np.float32],
    kin: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """`kept`, `scores`, `similarities` and `kin` of `Retrieved`."""
    near, own = np.empty(chains.shape, np.float32), np.empty(chains.shape, np.bool_)
    for candidate in range(len(chains)):
        for place in range(chains.shape[1]):
            near[candidate, place] = similarities[candidate, chains[candidate, place]]
            own[candidate, place] = kin[candidate, chains[candidate, place]]
    return best > 0, best, near, own


@compiled
def _scores(
    similarities: NDArray[np.float32],
    kin: NDArray[np.bool_],
    bonus: NDArray[np.float32],
    kinship: np.float32,
    least: np.float32,
) -> NDArray[np.float32]:
    """What `retrieve` says of every candidate and node, float32 [C, N]; 0 for a node that is too unlike."""
    out = np.empty(similarities.shape, np.float32)
    for candidate in range(len(similarities)):
        near, own, row = similarities[candidate], kin[candidate], out[candidate]
        for node in range(len(near)):
            if own[node]:
                row[node] = near[node] + bonus[node] + kinship
            else:
                row[node] = near[node] + bonus[node] if near[node] >= least else np.float32(0.0)
    return out


@compiled
def _behind(
    chains: NDArray[np.int64],
    best: NDArray[np.float32],
    support: NDArray[np.float32],
    recent: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """How much each event stands behind the chains of each candidate, float32 [C, E]; 0 if it is too old."""
    out = np.zeros((len(chains), support.shape[1]), np.float32)
    for candidate in range(len(chains)):
        row = out[candidate]
        for place in range(chains.shape[1]):
            share, added = best[candidate, place], support[chains[candidate, place]]
            for event in range(len(row)):
                row[event] += share * added[event]
        for event in range(len(row)):
            if not recent[event]:
                row[event] = np.float32(0.0)
    return out


@compiled
def strongest(values: NDArray[np.float32], most: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `most` largest entries above 0 of each row, descending, the first of equals first.

    Args:
        values: float32 [R, N].
        most: How many.

    Returns:
        int64 and float32 [R, min(most, N)]; column 0 and value 0 where there are fewer.
    """
    width = min(most, values.shape[1])
    columns = np.zeros((len(values), width), np.int64)
    kept = np.zeros((len(values), width), np.float32)
    for row in range(len(values)):
        best, where, floor = kept[row], columns[row], np.float32(0.0)
        for column in range(values.shape[1]):
            value = values[row, column]
            if value <= floor:  # true of most, so the processor guesses right
                continue
            place = width - 1
            while place > 0 and best[place - 1] < value:
                best[place], where[place] = best[place - 1], where[place - 1]
                place -= 1
            best[place], where[place] = value, column
            floor = best[width - 1]
    return columns, kept


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
    chains = np.tile(nodes, (count, 1))
    scores = (settings.weight_share * np.log1p(tree.weights)).astype(np.float32)
    return Retrieved(
        chains,
        *(np.ones(chains.shape, np.bool_), scores[chains]),
        *(np.ascontiguousarray(similarities[:, nodes]), np.ascontiguousarray(kin[:, nodes])),
        *(np.tile(newest, (count, 1)), np.ones((count, len(newest)), np.float32)),
    )
