"""The rows that an online store holds of users: whose they are, how old, and their removal.

Feast itself can only write newer rows and empty a whole view.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from feast import FeatureStore
from feast.infra.online_stores.redis import RedisOnlineStore
from feast.infra.online_stores.sqlite import SqliteOnlineStore

from airloom.logs.contract import Table
from feature_repo.redis_rows import RedisRows
from feature_repo.sqlite_rows import SqliteRows


class OnlineRows(Protocol):
    """The rows of users in one kind of online store: of one feature table, but `erase` of all."""

    def users_since(self, moment: datetime) -> list[str]:
        """Return the users whose row holds from `moment` or later, in no particular order."""

    def accept_any_age(self, user_ids: Sequence[str]) -> None:
        """Let the next row of users be written whatever its age; until then the present one is read."""

    def remove(self, user_ids: Sequence[str]) -> None:
        """Remove the rows of users; an unknown user changes nothing."""

    def erase(self, user_ids: Sequence[str], *, compact: bool, timeout_s: float) -> None:
        """Remove all that the store has of users, and with `compact` also what is left in free pages."""


def online_rows(store: FeatureStore, table: Table) -> OnlineRows | None:
    """Return the rows of a table in the online store; None for another kind than sqlite and Redis."""
    online = store.provider.online_store
    if isinstance(online, SqliteOnlineStore):
        return SqliteRows(store, table)
    return RedisRows(store, table) if isinstance(online, RedisOnlineStore) else None
