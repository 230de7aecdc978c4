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
    chains, scores = _chains(
        similarities,
        kin,
        bonus,
        (np.float32(settings.kinship), np.float32(settings.least_similarity)),
        min(settings.chains, len(bonus)),
    )
    recent = ages <= settings.max_age_days
    events, supports = _evidence(chains, scores, tree.support, recent, min(settings.evidence, len(recent)))
    return Retrieved(chains, *_of_chains(chains, scores, similarities, kin), events, supports)


@compiled
def _chains(
    similarities: NDArray[np.float32],
    kin: NDArray[np.bool_],
    bonus: NDArray[np.float32],
    limits: tuple[np.float32, np.float32],
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The best nodes of every candidate and what `retrieve` says of them, [C, most]."""
    kinship, least = limits
    nodes = np.zeros((len(similarities), most), np.int64)
    best = np.zeros((len(similarities), most), np.float32)
    scores = np.empty(similarities.shape[1], np.float32)  # written first: its branches cannot be guessed
    for candidate in range(len(similarities)):
        near, own = similarities[candidate], kin[candidate]
        for node in range(len(near)):
            if own[node]:
                scores[node] = near[node] + bonus[node] + kinship
            else:
                scores[node] = near[node] + bonus[node] if near[node] >= least else np.float32(0.0)
        strongest(scores, nodes[candidate], best[candidate])
    return nodes, best


@compiled
def _evidence(
    chains: NDArray[np.int64],
    scores: NDArray[np.float32],
    support: NDArray[np.float32],
    recent: NDArray[np.bool_],
    most: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The events that stand most behind the chains of each candidate, and how much, [C, most]."""
    events = np.zeros((len(chains), most), np.int64)
    best = np.zeros((len(chains), most), np.float32)
    behind = np.empty(support.shape[1], np.float32)
    for candidate in range(len(chains)):
        behind[:] = 0
        for place in range(chains.shape[1]):
            share, added = scores[candidate, place], support[chains[candidate, place]]
            for event in range(len(behind)):
                behind[event] += share * added[event]
        for event in range(len(behind)):
            if not recent[event]:
                behind[event] = np.float32(0.0)
        strongest(behind, events[candidate], best[candidate])
    return events, best


@compiled
def _of_chains(
    chains: NDArray[np.int64],
    scores: NDArray[np.float32],
    similarities: NDArray[np.float32],
    kin: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """`kept`, `scores`, `similarities` and `kin` of `Retrieved`."""
    near, own = np.empty(chains.shape, np.float32), np.empty(chains.shape, np.bool_)
    for candidate in range(len(chains)):
        for place in range(chains.shape[1]):
            near[candidate, place] = similarities[candidate, chains[candidate, place]]
            own[candidate, place] = kin[candidate, chains[candidate, place]]
    return scores > 0, scores, near, own


@compiled
def strongest(values: NDArray[np.float32], columns: NDArray[np.int64], kept: NDArray[np.float32]) -> None:
    """Find the largest of `values` that are above 0, descending, the first of equals first.

    Args:
        values: float32 [N].
        columns: int64 [most], zeros; where they stand afterwards.
        kept: float32 [most], zeros; what they are afterwards, 0 where there are fewer.
    """
    floor = np.float32(0.0)
    for column in range(len(values)):
        value = values[column]
        if value <= floor:  # true of most, so the processor guesses right
            continue
        place = len(kept) - 1
        while place > 0 and kept[place - 1] < value:
            kept[place], columns[place] = kept[place - 1], columns[place - 1]
            place -= 1
        kept[place], columns[place] = value, column
        floor = kept[-1]


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
