"""Registers the Feast repository and brings the online store up to date."""

from __future__ import annotations

from datetime import date

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from components.register_features.materialize import materialize
from feature_repo.services import RANKING_USER
from feature_repo.store import apply, open_store
from feature_repo.tables import USER_HISTORY


def register(lake: str, *, day: date, config: str | None) -> tuple[list[str], str]:
    """Apply and materialize; returns the names of the views and of the service that is read online.

    Raises:
        AirloomError: No features are built up to `day`.
    """
    if not any(built <= day for built in Lake(lake).days(USER_HISTORY)):
        raise AirloomError(
            f"{Lake(lake).uri(USER_HISTORY.name)} has no day up to {day}",
            do="Build the features of that day first",
        )
    store = open_store(lake=lake, config=config)
    apply(store, lake=lake)
    materialize(store, lake=lake)
    return sorted(view.name for view in store.list_feature_views()), RANKING_USER
