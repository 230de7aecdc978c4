"""Target-aware retrieval: which part of a user's intent tree, and which events, concern a candidate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.ranking.intent_tree.top_k import top_k
from airloom.ranking.intent_tree.tree import IntentTree
from airloom.ranking.settings import RetrievalSettings


class RetrievedNodes(NamedTuple):
    """The nodes and events kept for each candidate, strongest first.

    Attributes:
        rows: int64 [C, K], rows of the tree; any number where `kept` is false.
        kept: bool [C, K].
        scores: float32 [C, K], 0 where not kept.
        similarities: float32 [C, K], cosine of candidate and node.
        category_match: bool [C, K], the node is a category of the candidate.
        events: int64 [C, M], indices into the history; any number where `supports` is 0.
        supports: float32 [C, M], how much an event supports the kept nodes, 0 where it does not.
    """

    rows: NDArray[np.int64]
    kept: NDArray[np.bool_]
    scores: NDArray[np.float32]
    similarities: NDArray[np.float32]
    category_match: NDArray[np.bool_]
    events: NDArray[np.int64]
    supports: NDArray[np.float32]


def retrieve(
    tree: IntentTree,
    *,
    similarities: NDArray[np.float32],
    category_match: NDArray[np.bool_],
    ages: NDArray[np.float32],
    settings: RetrievalSettings,
) -> RetrievedNodes:
    """Return the best nodes of every candidate, and the events that support them.

    score(n | c) = cos(v_c, e_n) + log_weight_factor * log(1 + w(n))
                   + category_bonus * [n is a category of c].

    Args:
        tree: The user's intent tree, with N nodes over E events.
        similarities: float32 [C, N], cosine of each candidate's and each node's text.
        category_match: bool [C, N], the node is a category of the candidate.
        ages: float32 [E], days since each event.
        settings: How many, and how similar and recent they must be.
    """
    bonus = (settings.log_weight_factor * np.log1p(tree.weights)).astype(np.float32)
    rows, scores = _top_nodes(
        similarities,
        category_match,
        bonus,
        (np.float32(settings.category_bonus), np.float32(settings.min_similarity)),
        min(settings.nodes, len(bonus)),
    )
    recent = ages <= settings.max_age_days
    events, supports = _top_evidence(rows, scores, tree.support, recent, min(settings.evidence, len(recent)))
    return RetrievedNodes(rows, *_node_columns(rows, scores, similarities, category_match), events, supports)


def heaviest(
    tree: IntentTree,
    *,
    similarities: NDArray[np.float32],
    category_match: NDArray[np.bool_],
    ages: NDArray[np.float32],
    settings: RetrievalSettings,
) -> RetrievedNodes:
    """Return the heaviest nodes and the newest events, the same for every candidate: the control."""
    count = len(similarities)
    heaviest_rows = np.argsort(-tree.weights, kind="stable")[: settings.nodes]
    newest = np.argsort(ages, kind="stable")[: settings.evidence]
    rows = np.tile(heaviest_rows, (count, 1))
    scores = (settings.log_weight_factor * np.log1p(tree.weights)).astype(np.float32)
    return RetrievedNodes(
        rows,
        *(np.ones(rows.shape, np.bool_), scores[rows]),
        *(
            np.ascontiguousarray(similarities[:, heaviest_rows]),
            np.ascontiguousarray(category_match[:, heaviest_rows]),
        ),
        *(np.tile(newest, (count, 1)), np.ones((count, len(newest)), np.float32)),
    )


@compiled
def _top_nodes(
    similarities: NDArray[np.float32],
    category_match: NDArray[np.bool_],
    bonus: NDArray[np.float32],
    limits: tuple[np.float32, np.float32],
    k: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the best nodes of every candidate and their scores (see `retrieve`), [C, k]."""
    match_bonus, min_similarity = limits
    rows = np.zeros((len(similarities), k), np.int64)
    best = np.zeros((len(similarities), k), np.float32)
    scores = np.empty(similarities.shape[1], np.float32)  # written first: its branches cannot be predicted
    for candidate in range(len(similarities)):
        similarity, matches = similarities[candidate], category_match[candidate]
        for node in range(len(similarity)):
            if matches[node]:
                scores[node] = similarity[node] + bonus[node] + match_bonus
            else:
                similar = similarity[node] >= min_similarity
                scores[node] = similarity[node] + bonus[node] if similar else np.float32(0.0)
        top_k(scores, rows[candidate], best[candidate])
    return rows, best


@compiled
def _top_evidence(
    rows: NDArray[np.int64],
    scores: NDArray[np.float32],
    support: NDArray[np.float32],
    recent: NDArray[np.bool_],
    k: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the events that support the nodes of each candidate most, and how much, [C, k]."""
    events = np.zeros((len(rows), k), np.int64)
    best = np.zeros((len(rows), k), np.float32)
    event_support = np.empty(support.shape[1], np.float32)
    for candidate in range(len(rows)):
        event_support[:] = 0
        for column in range(rows.shape[1]):
            score, node_support = scores[candidate, column], support[rows[candidate, column]]
            for event in range(len(event_support)):
                event_support[event] += score * node_support[event]
        for event in range(len(event_support)):
            if not recent[event]:
                event_support[event] = np.float32(0.0)
        top_k(event_support, events[candidate], best[candidate])
    return events, best


@compiled
def _node_columns(
    rows: NDArray[np.int64],
    scores: NDArray[np.float32],
    similarities: NDArray[np.float32],
    category_match: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Return `kept`, `scores`, `similarities` and `category_match` of `RetrievedNodes`."""
    node_similarities = np.empty(rows.shape, np.float32)
    node_matches = np.empty(rows.shape, np.bool_)
    for candidate in range(len(rows)):
        for column in range(rows.shape[1]):
            node_similarities[candidate, column] = similarities[candidate, rows[candidate, column]]
            node_matches[candidate, column] = category_match[candidate, rows[candidate, column]]
    return scores > 0, scores, node_similarities, node_matches
