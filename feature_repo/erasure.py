"""Erases users from the online store."""

from __future__ import annotations

from collections.abc import Sequence

from feast import FeatureStore

from airloom.errors import AirloomError
from feature_repo.online_rows import online_rows
from feature_repo.sqlite_rows import LOCK_TIMEOUT_S
from feature_repo.tables import USER_HISTORY


def erase_online(
    store: FeatureStore, user_ids: Sequence[str], *, compact: bool = False, timeout_s: float = LOCK_TIMEOUT_S
) -> None:
    """Remove all that the online store has of users; an unknown user changes nothing.

    Args:
        store: The Feast store.
        user_ids: The users.
        timeout_s: Seconds to wait for a sqlite file that is locked.
        compact: Whether to write a sqlite file anew, which drops what earlier rows left in its free pages.

    Raises:
        AirloomError: The online store cannot be reached, or is of another kind than sqlite and Redis.
    """
    rows = online_rows(store, USER_HISTORY)
    if rows is None:
        raise AirloomError(
            f"Airloom cannot erase a user from {type(store.provider.online_store).__name__}",
            do="Add it to feature_repo/online_rows.py, or use sqlite or Redis",
        )
    rows.erase(user_ids, compact=compact, timeout_s=timeout_s)
