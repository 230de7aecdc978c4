"""The feature views. Their columns are those of tables.py: add a feature there."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pyarrow as pa
from feast import Entity, FeatureView, Field
from feast.types import Array, FeastType, Float32, Float64, Int64, String

from airloom.logs.contract import Table
from feature_repo.entities import OBJECT, USER
from feature_repo.sources import source
from feature_repo.tables import (
    EVENT_TIMESTAMP,
    INFERRED_BEHAVIORS,
    OBJECT_INTENTS,
    OBJECT_PROFILE,
    USER_HISTORY,
)

FOREVER: Final = timedelta(0)
"""A time to live that never ends: a row holds until a newer one."""

_FEAST_TYPES: Final = {
    pa.string(): String,
    pa.int64(): Int64,
    pa.float32(): Float32,
    pa.float64(): Float64,
}


def user_history(lake: str) -> FeatureView:
    """Return the view of users' last events, which is read online."""
    return _view(USER_HISTORY, USER, lake=lake, online=True)


def inferred_behaviors(lake: str) -> FeatureView:
    """Return the view of users' behaviors beyond the log, which is read online where a ranker uses them."""
    return _view(INFERRED_BEHAVIORS, USER, lake=lake, online=True)


def object_profile(lake: str) -> FeatureView:
    """Return the view of what content items and products say about themselves."""
    return _view(OBJECT_PROFILE, OBJECT, lake=lake, online=False)


def object_intents(lake: str) -> FeatureView:
    """Return the view of the intent paths of content items and products."""
    return _view(OBJECT_INTENTS, OBJECT, lake=lake, online=False)


def _view(table: Table, entity: Entity, *, lake: str, online: bool) -> FeatureView:
    origin = source(table, lake)
    return FeatureView(
        name=origin.name,
        entities=[entity],
        schema=[
            Field(name=column.name, dtype=_feast_type(column.type))
            for column in table.schema
            if column.name != EVENT_TIMESTAMP
        ],
        source=origin,
        online=online,
        ttl=FOREVER,
    )


def _feast_type(arrow_type: pa.DataType) -> FeastType:
    if pa.types.is_list(arrow_type):
        return Array(_FEAST_TYPES[arrow_type.value_type])
    return _FEAST_TYPES[arrow_type]
