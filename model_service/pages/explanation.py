"""`POST /v1/explain`: why a product has its score for a user, with everything that the ranker saw."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from airloom.ranking.air import AirRanker
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import FEATURES
from airloom.ranking.intent_tree.tree import TreeSettings, build_intent_tree
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Snapshot
from model_service.pages.reasons import told_event
from model_service.pages.schema import Id, Moment, ReasonEvent, until_now

MOST_NODES: Final = 30
"""Of the intent tree, the heaviest ones."""
MOST_EVENTS: Final = 3
"""Behind a node, the strongest ones."""


class ExplainRequest(BaseModel):
    """One product for one user."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # errors are logged, and user ids may not be
        json_schema_extra={"example": {"user_id": "u-17", "object_id": "p-1"}},
    )

    user_id: Id
    object_id: Id = Field(description="A product that may be shown.")
    variant: Id | None = Field(default=None, description="Left out: the user's own.")
    at: Annotated[Moment, AfterValidator(until_now)] | None = Field(
        default=None, description="The moment to rank for. Left out: now.", examples=["2026-03-01T12:00:00Z"]
    )


class TreeNode(BaseModel):
    """One node of the user's intent tree."""

    walk: list[str] = Field(description="Labels from the root down to the node.")
    weight: float = Field(description="The sum of what all events add to it, faded until the moment.")
    events: list[ReasonEvent] = Field(description="The events that add most.")


class Chain(BaseModel):
    """A node that was retrieved for the product, strongest first."""

    walk: list[str]
    similarity: float = Field(description="Cosine of the texts of the product and the node.")
    log_weight: float = Field(description="log(1 + the node's weight).")
    is_category: bool = Field(description="The node is a category of the product.")


class ExplainResponse(BaseModel):
    """Everything that the ranker saw."""

    variant: str
    model_version: str
    snapshot_digest: str
    degraded: list[str] = Field(description="What of the user could not be read; empty if all is well.")
    object_id: str
    title: str
    score: float | None = Field(
        description="AIR's, comparable for one user and moment alone; rankers that only order give 0. "
        "Null if the ranker failed."
    )
    events: int = Field(description="Events of the user that were looked at.")
    tree: list[TreeNode] = Field(description="The heaviest nodes of the user's intent tree.")
    chains: list[Chain] = Field(description="What of the tree concerns the product; empty without AIR.")
    evidence: list[ReasonEvent] = Field(description="The events behind these, strongest first.")
    features: dict[str, float] = Field(
        description="Every number that the network reads of the product; empty without AIR."
    )


class Explained(BaseModel):
    """What a ranker and a tree say of one product."""

    score: float | None
    tree: list[TreeNode]
    chains: list[Chain]
    evidence: list[ReasonEvent]
    features: dict[str, float]

    @classmethod
    def nothing(cls) -> Explained:
        """Where the ranker fails."""
        return cls(score=None, tree=[], chains=[], evidence=[], features={})


def explain_product(
    snapshot: Snapshot,
    ranker: Ranker,
    *,
    history: UserHistory,
    row: int,
    now: int,
    tree: TreeSettings,
) -> Explained:
    """Look behind the score of one product.

    Args:
        snapshot: What is ranked.
        ranker: The variant's.
        history: The user's events before the moment.
        row: Of the product.
        now: The moment, in seconds since 1970 UTC.
        tree: What an event counts.
    """
    candidates = np.array([row], np.int32)
    chains: list[Chain] = []
    features: dict[str, float] = {}
    if isinstance(ranker, AirRanker):
        inputs = ranker.inputs(history=history, candidates=candidates, now=now)
        score, events = float(ranker.score(inputs)[0]), inputs.positions[0].tolist()
        features = dict(zip(FEATURES, inputs.base[0].tolist(), strict=True))
        chains = [
            Chain(walk=_labels(snapshot, node), similarity=sim, log_weight=weight, is_category=bool(kin))
            for node, (sim, weight, kin) in zip(
                inputs.chains[0].tolist(), inputs.chain_features[0].tolist(), strict=True
            )
            if node >= 0
        ]
    else:
        ranking = ranker.rank(history=history, candidates=candidates, now=now)
        score, events = float(ranking.scores[0]), ranking.evidence[0].tolist()
    evidence = [told_event(snapshot.objects, history, event) for event in events if event >= 0]
    return Explained(
        score=score,
        tree=_tree(snapshot, history, now, tree) if history else [],
        chains=chains,
        evidence=evidence,
        features=features,
    )


def _tree(snapshot: Snapshot, history: UserHistory, now: int, settings: TreeSettings) -> list[TreeNode]:
    tree = build_intent_tree(snapshot.paths, history, settings.event_weights(history, now))
    heaviest = np.argsort(-tree.weights, kind="stable")[:MOST_NODES].tolist()
    return [
        TreeNode(
            walk=_labels(snapshot, int(tree.nodes[place])),
            weight=float(tree.weights[place]),
            events=[
                told_event(snapshot.objects, history, event)
                for event in tree.supporters(place, limit=MOST_EVENTS)
            ],
        )
        for place in heaviest
    ]


def _labels(snapshot: Snapshot, node: int) -> list[str]:
    return [snapshot.nodes.labels[each] for each in snapshot.nodes.path_to(node)]
