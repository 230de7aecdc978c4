"""Explains one score: the intent tree, the retrieved nodes, the evidence and the network's features."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from airloom.causes import SIGNALS
from airloom.logs.degradation import FallbackLevel
from airloom.ranking.air import AirRanker
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import FEATURES
from airloom.ranking.intent_tree.tree import build_intent_tree
from airloom.ranking.ranker import Ranker
from airloom.ranking.reasons.reasons import PageExplainer
from airloom.ranking.snapshot import Snapshot
from model_service.api.explain import Chain, InferredBehavior, TreeNode
from model_service.api.rank import Reason, ReasonEvent
from model_service.engine.fallback_chain import Ordering
from model_service.engine.reasons import to_api_reasons, to_reason_event

MAX_NODES: Final = 30
"""Nodes shown of the intent tree: the heaviest ones."""
MAX_NODE_EVENTS: Final = 3
"""Events shown per node: the strongest ones."""


class Explanation(NamedTuple):
    """What a ranker and an intent tree say of one product; the fields of `ExplainResponse` of these names."""

    score: float | None = None
    reason: Reason | None = None
    contributions: dict[str, float] = {}  # noqa: RUF012 - never changed
    tree: list[TreeNode] = []  # noqa: RUF012 - never changed
    chains: list[Chain] = []  # noqa: RUF012 - never changed
    evidence: list[ReasonEvent] = []  # noqa: RUF012 - never changed
    features: dict[str, float] = {}  # noqa: RUF012 - never changed
    inferred: list[InferredBehavior] = []  # noqa: RUF012 - never changed


def explain_product(
    snapshot: Snapshot,
    ordering: Ordering,
    explainer: PageExplainer,
    *,
    ranker: Ranker,
    history: UserHistory,
    row: int,
    now: int,
    tree: EventWeightSettings,
) -> Explanation:
    """Return everything behind the score of one product.

    Args:
        snapshot: What is ranked.
        ordering: Of the product alone, by the level that orders a page of the user.
        explainer: Gives reasons over the snapshot.
        ranker: The ranker of the variant, whose inputs are shown if it is the one that gave the score.
        history: The user's events before `now`.
        row: The product's row in the snapshot.
        now: Seconds since 1970 UTC.
        tree: How events are weighted.
    """
    ranking, candidates = ordering.ranking, np.array([row], np.int32)
    chains: list[Chain] = []
    features: dict[str, float] = {}
    inferred: list[InferredBehavior] = []
    if ordering.fallback_level is FallbackLevel.RANKER and isinstance(ranker, AirRanker):
        inputs = ranker.inputs(history=history, candidates=candidates, now=now)
        features = dict(zip(FEATURES, inputs.features[0].tolist(), strict=True))
        chains = [
            Chain(walk=_labels(snapshot, node), similarity=sim, log_weight=weight, is_category=bool(category))
            for node, (sim, weight, category) in zip(
                inputs.nodes[0].tolist(), inputs.node_features[0].tolist(), strict=True
            )
            if node >= 0
        ]
        if ranker.settings.inputs.use_inferred:
            inferred = _inferred(snapshot, history)
    only = np.zeros(1, np.intp)
    explained = explainer.explain(history, ranking, candidates, only)
    evidence = [
        to_reason_event(snapshot.objects, history, event)
        for event in ranking.evidence[0].tolist()
        if event >= 0
    ]
    return Explanation(
        score=float(ranking.scores[0]),
        reason=to_api_reasons(snapshot, history, [row], explained)[0],
        contributions=dict(zip(SIGNALS, ranking.contributions(only)[0].tolist(), strict=True)),
        tree=_tree(snapshot, history, now, tree) if history else [],
        chains=chains,
        evidence=evidence,
        features=features,
        inferred=inferred,
    )


def _tree(
    snapshot: Snapshot, history: UserHistory, now: int, settings: EventWeightSettings
) -> list[TreeNode]:
    tree = build_intent_tree(snapshot.paths, history, settings.event_weights(history, now))
    heaviest = np.argsort(-tree.weights, kind="stable")[:MAX_NODES].tolist()
    return [
        TreeNode(
            walk=_labels(snapshot, int(tree.nodes[index])),
            weight=float(tree.weights[index]),
            events=[
                to_reason_event(snapshot.objects, history, event)
                for event in tree.supporters(index, limit=MAX_NODE_EVENTS)
            ],
        )
        for index in heaviest
    ]


def _inferred(snapshot: Snapshot, history: UserHistory) -> list[InferredBehavior]:
    ids, titles = snapshot.objects.ids, snapshot.objects.titles
    return [
        InferredBehavior(object_id=ids[row], title=titles[row], weight=weight)
        for row, weight in zip(*(column.tolist() for column in history.inferred), strict=True)
    ]


def _labels(snapshot: Snapshot, node: int) -> list[str]:
    return [snapshot.nodes.labels[ancestor] for ancestor in snapshot.nodes.path_to(node)]
