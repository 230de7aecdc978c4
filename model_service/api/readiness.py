"""`GET /readyz`: what serves and which desired release was rejected, or why nothing serves yet."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Refused(BaseModel):
    """The desired release that was rejected."""

    why: str = Field(description="Why, and what to do.")
    since: str = Field(description="Since when, in UTC.", examples=["2026-03-01T12:00:07Z"])


class NotReady(BaseModel):
    """Nothing serves yet (503)."""

    ready: Literal[False] = Field(default=False, description="Whether pages can be made.")
    why: str = Field(description="What is missing, and what to do.")
    since: str = Field(description="Since when, in UTC.", examples=["2026-03-01T12:00:07Z"])


class Ready(BaseModel):
    """What serves (200)."""

    ready: Literal[True] = Field(default=True, description="Whether pages can be made.")
    experiment: str = Field(description="Name of the experiment.")
    snapshot_digest: str = Field(description="Digest of the snapshot.")
    rankers: dict[str, str] = Field(description="Version of the ranker of each variant.")
    since: str = Field(description="Since when, in UTC.", examples=["2026-03-01T12:00:07Z"])
    overlap_at_10: dict[str, float] = Field(
        description="The share of the smoke test's top 10 that the former release had too, by variant."
    )
    alike: dict[str, float] = Field(
        description="The former name of `overlap_at_10`, for one release.", deprecated=True
    )
    refused: Refused | None = Field(description="The desired release that was rejected; null if it serves.")
