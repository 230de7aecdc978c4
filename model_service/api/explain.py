"""`POST /v1/explain`: why a product has its score for a user, with everything that the ranker reads."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from model_service.api.fields import Id, Timestamp, clamp_to_now
from model_service.api.rank import Reason, ReasonEvent


class ExplainRequest(BaseModel):
    """One product for one user."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # errors are logged, and user ids may not be
        json_schema_extra={"example": {"user_id": "u-17", "object_id": "p-1"}},
    )

    user_id: Id = Field(description="The user to explain for.")
    object_id: Id = Field(description="A product that may be shown.")
    variant: Id | None = Field(default=None, description="Left out: the user's own.")
    at: Annotated[Timestamp, AfterValidator(clamp_to_now)] | None = Field(
        default=None, description="The time to rank for. Left out: now.", examples=["2026-03-01T12:00:00Z"]
    )


class TreeNode(BaseModel):
    """One node of the user's intent tree."""

    walk: list[str] = Field(description="Labels from the root down to the node.")
    weight: float = Field(description="The sum of what all events add to it, decayed until the time.")
    events: list[ReasonEvent] = Field(description="The events that add most.")


class Chain(BaseModel):
    """A node that was retrieved for the product, strongest first."""

    walk: list[str]
    similarity: float = Field(description="Cosine of the texts of the product and the node.")
    log_weight: float = Field(description="log(1 + the node's weight).")
    is_category: bool = Field(description="The node is a category of the product.")


class InferredBehavior(BaseModel):
    """A product that the user may want next, which is inferred and not in the user's log."""

    object_id: str
    title: str
    weight: float = Field(description="Only proportions count.")


class ExplainResponse(BaseModel):
    """Everything that the ranker reads."""

    variant: str
    model_version: str
    snapshot_digest: str
    degraded: list[str] = Field(description="What was missing, as on a page; empty if all is well.")
    object_id: str
    title: str
    score: float | None = Field(
        description="Of what orders a page of the user (`model_version`); comparable only for one user and "
        "time, and rankers that only order give 0. Null if the product could not be explained."
    )
    events: int = Field(description="The number of events of the user that were used.")
    reason: Reason | None = Field(
        description="The reason that a page gives. Null if it could not be explained."
    )
    contributions: dict[str, float] = Field(
        description="What each signal adds to the score, whether or not something shows it; "
        "0 where the ranker does not read it. Empty if the product could not be explained."
    )
    tree: list[TreeNode] = Field(description="The heaviest nodes of the user's intent tree.")
    chains: list[Chain] = Field(
        description="The nodes that the network reads for the product, also those that are only similar to "
        "it; empty if another ranker or a fallback level orders the page. Why the product is shown is "
        "`reason`."
    )
    evidence: list[ReasonEvent] = Field(description="The events behind these, strongest first.")
    features: dict[str, float] = Field(
        description="Every number that the network reads of the product; empty as `chains` is."
    )
    inferred: list[InferredBehavior] = Field(
        default=[],
        description="The behaviors beyond the log that the ranker reads; empty if it reads none, and as "
        "`chains` is.",
    )
