"""The feature views: add a feature here as a field, and its column in tables.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from feast import Entity, FeatureView, Field
from feast.types import Array, Float32, Float64, Int64, String

from airloom.logs.contract import Table
from feature_repo.entities import OBJECT, USER
from feature_repo.sources import source
from feature_repo.tables import OBJECT_INTENTS, OBJECT_PROFILE, USER_HISTORY

FOREVER: Final = timedelta(0)


def user_history(lake: str) -> FeatureView:
    """What a user did last; the only view that is read online."""
    schema = [
        Field(name="object_ids", dtype=Array(String)),
        Field(name="actions", dtype=Array(String)),
        Field(name="timestamps", dtype=Array(Int64)),
    ]
    return _view(USER_HISTORY, USER, schema, lake=lake, online=True)


def object_profile(lake: str) -> FeatureView:
    """What is known of a content item or product from its own description."""
    schema = [
        Field(name="domain", dtype=String),
        Field(name="title", dtype=String),
        Field(name="category_path", dtype=Array(String)),
        Field(name="price", dtype=Float64),
        Field(name="published_at", dtype=Int64),
        Field(name="retired_at", dtype=Int64),
        Field(name="embedding", dtype=Array(Float32)),
    ]
    return _view(OBJECT_PROFILE, OBJECT, schema, lake=lake, online=False)


def object_intents(lake: str) -> FeatureView:
    """What somebody who deals with an object may want to buy."""
    schema = [
        Field(name="nodes", dtype=Array(Int64)),
        Field(name="lengths", dtype=Array(Int64)),
        Field(name="confidences", dtype=Array(Float32)),
    ]
    return _view(OBJECT_INTENTS, OBJECT, schema, lake=lake, online=False)


def _view(table: Table, entity: Entity, schema: list[Field], *, lake: str, online: bool) -> FeatureView:
    origin = source(table, lake)
    key = Field(name=entity.join_key, dtype=String)
    return FeatureView(
        name=origin.name, entities=[entity], schema=[key, *schema], source=origin, online=online, ttl=FOREVER
    )
