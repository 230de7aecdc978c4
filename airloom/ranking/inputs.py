"""Everything the ranker sees of a user, a moment and many candidates; the same function trains and serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.compiled import compiled
from airloom.intents.linking.nodes import NO_NODE
from airloom.logs.contract import ACTIONS
from airloom.ranking.base_features import BASE_FEATURES, base_features, is_commerce, spread
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree.chains import categories_in
from airloom.ranking.intent_tree.retrieval import RetrievalSettings, heaviest, retrieve
from airloom.ranking.intent_tree.tree import IntentTree, TreeSettings, grow_tree
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
"""Columns of `Inputs.base` that follow `BASE_FEATURES`; zero without intents."""

SEQUENCE_SCORE: Final = "sequence_score"
"""The column between them: what the sequence encoder says."""

FEATURES: Final = (*BASE_FEATURES, SEQUENCE_SCORE, *TREE_FEATURES)
_TREE: Final = FEATURES.index("intent_leaf")  # and two more, from fine to coarse
_LEAF_SHARE: Final = FEATURES.index("intent_leaf_share")
_BEST_SCORE: Final = FEATURES.index("best_chain_score")
_BEST_SIMILARITY: Final = FEATURES.index("best_chain_similarity")
AGE_BUCKETS: Final = 10
"""Bucket b holds ages of 2**(b - 1) to 2**b quarter days; the last bucket everything older."""
EVENT_KINDS: Final = len(ACTIONS) * AGE_BUCKETS


@dataclass(frozen=True)
class InputSettings:
    """What the ranker sees. The switches are AIR's controls: what is left when a part is taken away.

    Attributes:
        use_intents: False hides every intent: no chains, no tree features, evidence by recency alone. This is
            the control that shows what intents are worth.
        weigh_nodes: False forgets how often and how lately a node was touched: a set of nodes, no tree.
        aim_at_target: False keeps the same chains and evidence for every candidate: the heaviest nodes and
            the newest events.
        leaves_only: True looks at the finest node of each path alone.
        tree: Weights and decay of events.
        retrieval: How chains and evidence are chosen.
    """

    use_intents: bool = True
    weigh_nodes: bool = True
    aim_at_target: bool = True
    leaves_only: bool = False
    tree: TreeSettings = field(default_factory=TreeSettings)
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)


class Inputs(NamedTuple):
    """What the network reads for C candidates, K chains and M events each.

    Attributes:
        candidates: int32 [C], rows of the snapshot.
        base: float32 [C, len(FEATURES)].
        chains: int32 [C, K], node ids, strongest first, -1 for none.
        chain_features: float32 [C, K, 3]: similarity, log(1 + weight), whether a category of the candidate.
        events: int32 [C, M], rows of the events' objects, -1 for none.
        event_kinds: int8 [C, M], action and age as one number below `EVENT_KINDS`.
        event_features: float32 [C, M, 2]: similarity, log(1 + support).
        positions: int16 [C, M], the events' positions in the history, strongest first, -1 for none; not read
            by the network.
    """

    candidates: NDArray[np.int32]
    base: NDArray[np.float32]
    chains: NDArray[np.int32]
    chain_features: NDArray[np.float32]
    events: NDArray[np.int32]
    event_kinds: NDArray[np.int8]
    event_features: NDArray[np.float32]
    positions: NDArray[np.int16]

    @classmethod
    def blank(cls, candidates: NDArray[np.int32], settings: RetrievalSettings) -> Inputs:
        """Inputs that know nothing about the user."""
        count, chains, events = len(candidates), settings.chains, settings.evidence
        return cls(
            candidates,
            np.zeros((count, len(FEATURES)), np.float32),
            np.full((count, chains), -1, np.int32),
            np.zeros((count, chains, 3), np.float32),
            np.full((count, events), -1, np.int32),
            np.zeros((count, events), np.int8),
            np.zeros((count, events, 2), np.float32),
            np.full((count, events), -1, np.int16),
        )


def build_inputs(
    catalogue: Catalogue,
    *,
    history: UserHistory,
    candidates: NDArray[np.int32],
    sequence_scores: NDArray[np.float32],
    now: int,
    settings: InputSettings,
) -> Inputs:
    """What the ranker sees of `candidates` for a user with `history` at `now`.

    Args:
        catalogue: Derived from the snapshot.
        history: The user's events; those at or after `now` are not looked at.
        candidates: int32 [C], rows of the snapshot.
        sequence_scores: float32 [C], of the sequence encoder.
        now: Seconds since 1970 UTC.
        settings: What to look at.
    """
    past = history.before(now)
    inputs = Inputs.blank(candidates, settings.retrieval)
    weights = settings.tree.event_weights(past, now)
    ages = ((now - past.timestamps) / SECONDS_PER_DAY).astype(np.float32)
    own = catalogue.texts[candidates]
    similarities = own @ catalogue.texts[past.objects].T
    inputs.base[:, : len(BASE_FEATURES)] = base_features(
        catalogue, history=past, event_weights=weights, candidates=candidates, similarities=similarities
    )
    inputs.base[:, len(BASE_FEATURES)] = sequence_scores
    if settings.use_intents:
        positions, supports = _with_intents(inputs, catalogue, past, weights, ages, own, settings)
    else:
        positions, supports = _most_recent(len(past.objects), len(candidates), settings.retrieval)
    if len(past.objects):
        told = (inputs.events, inputs.event_kinds, inputs.event_features, inputs.positions)
        _tell_evidence(told, past.objects, _kinds(past, ages), similarities, positions, supports)
    return inputs


def _with_intents(
    inputs: Inputs,
    catalogue: Catalogue,
    past: UserHistory,
    weights: NDArray[np.float32],
    ages: NDArray[np.float32],
    own: NDArray[np.float32],
    settings: InputSettings,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    tree = grow_tree(_finest(catalogue.paths) if settings.leaves_only else catalogue.paths, past, weights)
    if not settings.weigh_nodes:
        touched = (tree.support > 0).astype(np.float32)
        tree = IntentTree(tree.nodes, touched.max(axis=1, initial=0.0), touched)
    if not len(tree.nodes):
        none = np.empty((len(own), 0))
        return none.astype(np.int64), none.astype(np.float32)
    places, there, kin = categories_in(tree, catalogue.categories[inputs.candidates])
    similarities = own @ catalogue.node_texts[tree.nodes].T
    choose = retrieve if settings.aim_at_target else heaviest
    retrieved = choose(tree, similarities=similarities, kin=kin, ages=ages, settings=settings.retrieval)
    total = float(weights.sum()) if settings.weigh_nodes else float(len(weights))
    _tell_tree(inputs.base, tree.support, ~is_commerce(past), places, there, np.float32(max(total, 1e-9)))
    _tell_chains(inputs.base, inputs.chains, inputs.chain_features, tree.nodes, tree.weights, *retrieved[:5])
    return retrieved.events, retrieved.supports


def _finest(paths: ObjectPaths) -> ObjectPaths:
    """The same paths, of each its last node alone."""
    last = np.maximum((paths.nodes != NO_NODE).sum(axis=1, keepdims=True) - 1, 0)
    return paths._replace(nodes=np.take_along_axis(paths.nodes, last, axis=1))


@compiled
def _tell_tree(
    base: NDArray[np.float32],
    support: NDArray[np.float32],
    content: NDArray[np.bool_],
    places: NDArray[np.int64],
    there: NDArray[np.bool_],
    total: np.float32,
) -> None:
    """What content adds to the candidate's own categories, and the finest one's share of all events."""
    for candidate in range(len(base)):
        for level in range(places.shape[1]):
            added = np.float32(0.0)
            if there[candidate, level]:
                row = support[places[candidate, level]]
                for event in range(len(content)):
                    if content[event]:
                        added += row[event]
            base[candidate, _TREE + level] = spread(added)
            if level == 0:
                base[candidate, _LEAF_SHARE] = added / total


@compiled
def _tell_chains(  # noqa: PLR0913, PLR0917 - compiled: columns one by one
    base: NDArray[np.float32],
    chains: NDArray[np.int32],
    features: NDArray[np.float32],
    nodes: NDArray[np.int32],
    weights: NDArray[np.float32],
    rows: NDArray[np.int64],
    kept: NDArray[np.bool_],
    scores: NDArray[np.float32],
    similarities: NDArray[np.float32],
    kin: NDArray[np.bool_],
) -> None:
    """The chains of each candidate, and of them all the best score and similarity."""
    for candidate in range(len(rows)):
        base[candidate, _BEST_SCORE] = scores[candidate, 0]
        for place in range(rows.shape[1]):
            if kept[candidate, place]:
                row, similarity = rows[candidate, place], similarities[candidate, place]
                chains[candidate, place] = nodes[row]
                features[candidate, place, 0] = similarity
                features[candidate, place, 1] = np.log1p(weights[row])
                features[candidate, place, 2] = np.float32(kin[candidate, place])
                base[candidate, _BEST_SIMILARITY] = max(base[candidate, _BEST_SIMILARITY], similarity)


def _most_recent(
    events: int, candidates: int, settings: RetrievalSettings
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    newest = np.arange(events)[::-1][: settings.evidence]
    return np.tile(newest, (candidates, 1)), np.ones((candidates, len(newest)), np.float32)


@compiled
def _tell_evidence(
    told: tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.float32], NDArray[np.int16]],
    objects: NDArray[np.int32],
    kinds: NDArray[np.int8],
    similarities: NDArray[np.float32],
    positions: NDArray[np.int64],
    supports: NDArray[np.float32],
) -> None:
    """The events behind each candidate: `events`, `event_kinds`, `event_features` and `positions`."""
    events, event_kinds, features, places = told
    for candidate in range(len(positions)):
        for place in range(positions.shape[1]):
            if supports[candidate, place] > 0:
                position = positions[candidate, place]
                places[candidate, place] = position
                events[candidate, place] = objects[position]
                event_kinds[candidate, place] = kinds[position]
                features[candidate, place, 0] = similarities[candidate, position]
                features[candidate, place, 1] = np.log1p(supports[candidate, place])


def _kinds(past: UserHistory, ages: NDArray[np.float32]) -> NDArray[np.int8]:
    """Action and age of each event as one number."""
    buckets = np.clip(np.ceil(np.log2(np.maximum(4 * ages, 0.5))), 0, AGE_BUCKETS - 1)
    kinds: NDArray[np.int8] = (past.actions * AGE_BUCKETS + buckets).astype(np.int8)
    return kinds
