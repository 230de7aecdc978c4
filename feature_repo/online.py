"""The one online read of a request: what the user did last."""

from __future__ import annotations

from typing import Final, NamedTuple

from feast import FeatureStore

from feature_repo.tables import EVENT_TIMESTAMP, USER_HISTORY, view_name


class RecentEvents(NamedTuple):
    """A user's last events, oldest first; the lists run in parallel.

    Attributes:
        object_ids: What each event was about.
        actions: What was done.
        timestamps: Seconds since 1970 UTC.
    """

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]


(_KEY,) = USER_HISTORY.sort_by
_REFERENCES: Final = [
    f"{view_name(USER_HISTORY)}:{name}"
    for name in USER_HISTORY.schema.names
    if name not in (_KEY, EVENT_TIMESTAMP)
]


def read_user(store: FeatureStore, user_id: str) -> RecentEvents:
    """The user's events up to the last materialised day; empty for a user nobody knows."""
    row = store.get_online_features(features=_REFERENCES, entity_rows=[{_KEY: user_id}]).to_dict()
    return RecentEvents(*(row[name][0] or [] for name in RecentEvents._fields))
