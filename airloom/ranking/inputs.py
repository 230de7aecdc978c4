"""All inputs of the ranker for a user, a moment and many candidates; training and serving share this code."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.intents.linking.nodes import NO_NODE
from airloom.logs.contract import ACTIONS
from airloom.ranking.base_features import BASE_FEATURES, base_features, is_commerce, log_scale
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.history import UserHistory
from airloom.ranking.inferred import inferred_scores
from airloom.ranking.intent_tree.retrieval import heaviest, retrieve
from airloom.ranking.intent_tree.retrieve_from_catalogue import match_categories
from airloom.ranking.intent_tree.tree import IntentTree, build_intent_tree
from airloom.ranking.settings import TOWERS, InputSettings, RetrievalSettings
from airloom.ranking.snapshot import ObjectPaths
from airloom.timestamps import SECONDS_PER_DAY

TREE_FEATURES: Final = (
    "intent_leaf",
    "intent_mid",
    "intent_top",
    "intent_leaf_share",
    "best_chain_score",
    "best_chain_similarity",
)
"""Columns of `Inputs.features` that follow `BASE_FEATURES`; zero without intents."""

SEQUENCE_SCORE: Final = "sequence_score"
"""The column between `BASE_FEATURES` and `TREE_FEATURES`: the score of the tower of ids."""

FEATURES: Final = (*BASE_FEATURES, SEQUENCE_SCORE, *TREE_FEATURES)
_TREE: Final = FEATURES.index("intent_leaf")  # and two more, from fine to coarse
_LEAF_SHARE: Final = FEATURES.index("intent_leaf_share")
_BEST_SCORE: Final = FEATURES.index("best_chain_score")
_BEST_SIMILARITY: Final = FEATURES.index("best_chain_similarity")
AGE_BUCKETS: Final = 10
"""Bucket b holds ages of 2**(b - 1) to 2**b quarter days; the last bucket everything older."""
EVENT_KINDS: Final = len(ACTIONS) * AGE_BUCKETS


class Inputs(NamedTuple):
    """What the network reads for C candidates, K retrieved nodes and M events each.

    Attributes:
        candidates: int32 [C], rows of the snapshot.
        features: float32 [C, len(FEATURES)].
        nodes: int32 [C, K], ids of the retrieved nodes, strongest first, -1 for none.
        node_features: float32 [C, K, 3]: similarity, log(1 + weight), whether a category of the candidate.
        events: int32 [C, M], rows of the events' objects, -1 for none.
        event_kinds: int8 [C, M], action and age bucket as one number below `EVENT_KINDS`.
        event_features: float32 [C, M, 2]: similarity, log(1 + support).
        event_indices: int16 [C, M], indices of the events in the history, strongest first, -1 for none; the
            network does not read them.
        tower_scores: float32 [C, len(TOWERS)], the sequence encoders' scores; the network reads the first.
        inferred_scores: float32 [C], see `airloom.ranking.inferred`; the network does not read them.
    """

    candidates: NDArray[np.int32]
    features: NDArray[np.float32]
    nodes: NDArray[np.int32]
    node_features: NDArray[np.float32]
    events: NDArray[np.int32]
    event_kinds: NDArray[np.int8]
    event_features: NDArray[np.float32]
    event_indices: NDArray[np.int16]
    tower_scores: NDArray[np.float32]
    inferred_scores: NDArray[np.float32]

    @classmethod
    def blank(cls, candidates: NDArray[np.int32], settings: RetrievalSettings) -> Inputs:
        """Return the inputs of a user without a history, all features zero."""
        count, nodes, events = len(candidates), settings.nodes, settings.evidence
        return cls(
            candidates,
            np.zeros((count, len(FEATURES)), np.float32),
            np.full((count, nodes), -1, np.int32),
            np.zeros((count, nodes, 3), np.float32),
            np.full((count, events), -1, np.int32),
            np.zeros((count, events), np.int8),
            np.zeros((count, events, 2), np.float32),
            np.full((count, events), -1, np.int16),
            np.zeros((count, len(TOWERS)), np.float32),
            np.zeros(count, np.float32),
        )


def build_inputs(
    catalogue: Catalogue,
    *,
    history: UserHistory,
    candidates: NDArray[np.int32],
    tower_scores: NDArray[np.float32],
    now: int,
    settings: InputSettings,
) -> Inputs:
    """Return the inputs of the second stage for every candidate.

    Args:
        catalogue: Derived from the snapshot.
        history: The user's events; those at or after `now` are ignored.
        candidates: int32 [C], rows of the snapshot.
        tower_scores: float32 [C, len(TOWERS)], the sequence encoders' scores.
        now: Seconds since 1970 UTC.
        settings: What the ranker reads.
    """
    past = history.before(now)
    inputs = Inputs.blank(candidates, settings.retrieval)
    weights = settings.tree.event_weights(past, now)
    ages = ((now - past.timestamps) / SECONDS_PER_DAY).astype(np.float32)
    texts = catalogue.texts[candidates]
    similarities = texts @ catalogue.texts[past.objects].T
    inputs.features[:, : len(BASE_FEATURES)] = base_features(
        catalogue, history=past, event_weights=weights, candidates=candidates, similarities=similarities
    )
    inputs.tower_scores[:] = tower_scores
    inputs.features[:, len(BASE_FEATURES)] = tower_scores[:, TOWERS.index("ids")]
    if settings.use_inferred and past.inferred:
        inputs.inferred_scores[:] = inferred_scores(
            past.inferred,
            candidates,
            texts @ catalogue.texts[past.inferred.products].T,
            temperature=settings.inferred.temperature,
        )
    if settings.use_intents:
        evidence, supports = _fill_intents(inputs, catalogue, past, weights, ages, texts, settings)
    else:
        evidence, supports = _newest_events(len(past.objects), len(candidates), settings.retrieval)
    if len(past.objects):
        columns = (inputs.events, inputs.event_kinds, inputs.event_features, inputs.event_indices)
        _fill_evidence(columns, past.objects, _event_kinds(past, ages), similarities, evidence, supports)
    return inputs


def _fill_intents(
    inputs: Inputs,
    catalogue: Catalogue,
    past: UserHistory,
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    texts: NDArray[np.float32],
    settings: InputSettings,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Fill the tree features and the retrieved nodes; returns the events that support them, and how much."""
    paths = _leaves_only(catalogue.paths) if settings.leaves_only else catalogue.paths
    tree = build_intent_tree(paths, past, weights)
    if not settings.node_weights:
        touched = (tree.support > 0).astype(np.float32)
        tree = IntentTree(tree.nodes, touched.max(axis=1, initial=0.0), touched)
    if not len(tree.nodes):
        none = np.empty((len(texts), 0))
        return none.astype(np.int64), none.astype(np.float32)
    rows, in_tree, category_match = match_categories(tree, catalogue.categories[inputs.candidates])
    choose = retrieve if settings.target_aware_retrieval else heaviest
    retrieved = choose(
        tree,
        similarities=texts @ catalogue.node_texts[tree.nodes].T,
        category_match=category_match,
        ages=ages,
        settings=settings.retrieval,
    )
    total = float(weights.sum()) if settings.node_weights else float(len(weights))
    is_content = ~is_commerce(past)
    total_weight = np.float32(max(total, 1e-9))
    _fill_tree_features(inputs.features, tree.support, is_content, rows, in_tree, total_weight)
    _fill_nodes(inputs.features, inputs.nodes, inputs.node_features, tree.nodes, tree.weights, *retrieved[:5])
    return retrieved.events, retrieved.supports


def _leaves_only(paths: ObjectPaths) -> ObjectPaths:
    """Return the same paths, each with its last node only."""
    last = np.maximum((paths.nodes != NO_NODE).sum(axis=1, keepdims=True) - 1, 0)
    return paths._replace(nodes=np.take_along_axis(paths.nodes, last, axis=1))


@compiled
def _fill_tree_features(
    features: NDArray[np.float32],
    support: NDArray[np.float32],
    is_content: NDArray[np.bool_],
    rows: NDArray[np.int64],
    in_tree: NDArray[np.bool_],
    total: np.float32,
) -> None:
    """Fill what content adds to the candidate's own categories, and the finest one's share of all events."""
    for candidate in range(len(features)):
        for level in range(rows.shape[1]):
            added = np.float32(0.0)
            if in_tree[candidate, level]:
                node_support = support[rows[candidate, level]]
                for event in range(len(is_content)):
                    if is_content[event]:
                        added += node_support[event]
            features[candidate, _TREE + level] = log_scale(added)
            if level == 0:
                features[candidate, _LEAF_SHARE] = added / total


@compiled
def _fill_nodes(  # noqa: PLR0913, PLR0917 - compiled: columns one by one
    features: NDArray[np.float32],
    nodes: NDArray[np.int32],
    node_features: NDArray[np.float32],
    tree_nodes: NDArray[np.int32],
    weights: NDArray[np.float32],
    rows: NDArray[np.int64],
    kept: NDArray[np.bool_],
    scores: NDArray[np.float32],
    similarities: NDArray[np.float32],
    category_match: NDArray[np.bool_],
) -> None:
    """Fill the retrieved nodes of each candidate, and the best score and similarity of them all."""
    for candidate in range(len(rows)):
        features[candidate, _BEST_SCORE] = scores[candidate, 0]
        for rank in range(rows.shape[1]):
            if kept[candidate, rank]:
                row, similarity = rows[candidate, rank], similarities[candidate, rank]
                nodes[candidate, rank] = tree_nodes[row]
                node_features[candidate, rank, 0] = similarity
                node_features[candidate, rank, 1] = np.log1p(weights[row])
                node_features[candidate, rank, 2] = np.float32(category_match[candidate, rank])
                features[candidate, _BEST_SIMILARITY] = max(features[candidate, _BEST_SIMILARITY], similarity)


def _newest_events(
    events: int, candidates: int, settings: RetrievalSettings
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    newest = np.arange(events)[::-1][: settings.evidence]
    return np.tile(newest, (candidates, 1)), np.ones((candidates, len(newest)), np.float32)


@compiled
def _fill_evidence(
    columns: tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.float32], NDArray[np.int16]],
    objects: NDArray[np.int32],
    kinds: NDArray[np.int8],
    similarities: NDArray[np.float32],
    evidence: NDArray[np.int64],
    supports: NDArray[np.float32],
) -> None:
    """Fill the evidence of each candidate: `events`, `event_kinds`, `event_features` and `event_indices`."""
    events, event_kinds, features, event_indices = columns
    for candidate in range(len(evidence)):
        for rank in range(evidence.shape[1]):
            if supports[candidate, rank] > 0:
                event = evidence[candidate, rank]
                event_indices[candidate, rank] = event
                events[candidate, rank] = objects[event]
                event_kinds[candidate, rank] = kinds[event]
                features[candidate, rank, 0] = similarities[candidate, event]
                features[candidate, rank, 1] = np.log1p(supports[candidate, rank])


def _event_kinds(past: UserHistory, ages: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return action and age bucket of each event as one number."""
    buckets = np.clip(np.ceil(np.log2(np.maximum(4 * ages, 0.5))), 0, AGE_BUCKETS - 1)
    kinds: NDArray[np.int8] = (past.actions * AGE_BUCKETS + buckets).astype(np.int8)
    return kinds
