"""Point-in-time joins: features as they were known at a moment, never later ones."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
from feast import FeatureStore

from airloom.logs.contract import TIMESTAMP
from airloom.logs.histories import HISTORY_COLUMNS
from airloom.progress import progress
from airloom.timestamps import EpochSeconds, to_micros
from feature_repo.services import RANKING_OBJECTS, RANKING_USER
from feature_repo.tables import EVENT_TIMESTAMP

USERS_AT_ONCE: Final = 4_096
"""A join holds every past row of these users, each with up to a hundred events."""
OBJECTS_AT_ONCE: Final = 50_000
"""A join holds their embeddings, about 80 MB."""

_ROW: Final = "row"


def histories_at(store: FeatureStore, rows: pa.Table) -> pa.Table:
    """Return what users had done by given moments.

    Args:
        store: Registered and built for the days in question.
        rows: Columns user_id (string) and event_timestamp (timestamp, UTC); a user may occur several times.

    Returns:
        The same rows in the same order, with object_ids, actions and timestamps (lists, oldest first; empty
        where nothing was known by then). A history ends with the last day that was complete at its row's
        event_timestamp.
    """
    histories = _features_at(store, RANKING_USER, rows.select(["user_id", EVENT_TIMESTAMP]), USERS_AT_ONCE)
    for name in HISTORY_COLUMNS:
        index = histories.column_names.index(name)
        histories = histories.set_column(index, name, _fill_empty(histories[name]))
    return histories


def objects_before(store: FeatureStore, object_ids: pa.Array, *, before: EpochSeconds) -> pa.Table:
    """Return what was known of objects before a moment.

    Args:
        store: Registered and built for the days in question.
        object_ids: The objects to read, without duplicates.
        before: Only what was delivered earlier is known; not what the day that begins then delivers.

    Returns:
        Columns object_id and those of the service `ranking_objects_v1`, in the order of `object_ids`; objects
        first delivered later are absent.
    """
    last_moment = pa.scalar(to_micros(before) - 1, TIMESTAMP)  # Feast takes rows up to a moment, and of it
    moments = pa.repeat(last_moment, len(object_ids))
    rows = pa.table({"object_id": object_ids, EVENT_TIMESTAMP: moments})
    objects = _features_at(store, RANKING_OBJECTS, rows, OBJECTS_AT_ONCE)
    return objects.filter(objects["domain"].is_valid()).drop_columns(EVENT_TIMESTAMP)


def _features_at(store: FeatureStore, service: str, rows: pa.Table, at_once: int) -> pa.Table:
    features = store.get_feature_service(service)
    starts: range = range(0, max(rows.num_rows, 1), at_once)
    parts = []
    for start in progress(starts, what="read features", unit="part") if len(starts) > 1 else starts:
        entities = rows.slice(start, at_once).to_pandas()
        entities[_ROW] = range(len(entities))  # a join does not keep the order
        part = store.get_historical_features(entity_df=entities, features=features).to_arrow()
        parts.append(part.sort_by(_ROW).drop_columns(_ROW))
    return pa.concat_tables(parts)


def _fill_empty(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the lists with an empty list for each null."""
    return pa.chunked_array(
        [chunk.fill_null(pa.scalar([], chunk.type)) for chunk in lists.chunks], type=lists.type
    )
