"""Builds the three feature tables of a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from airloom.intents.browser.browser import write_browser
from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.lineage.derivation import DerivedDays
from airloom.logs.lake import Lake
from components.build_features.histories import write_histories
from components.build_features.objects import write_intents, write_profiles
from feature_repo.linked_objects import object_intents
from feature_repo.tables import USER_HISTORY


class BuiltFeatures(NamedTuple):
    """What the feature tables hold, and how many of their days were written just now.

    Attributes:
        users: Users with a history.
        objects: Objects with a profile and intents.
        nodes: Nodes of the vocabulary.
        history_days: Days of `user_history` written.
        profile_days: Days of `object_profile` written.
        intent_days: Days of `object_intents` written.
    """

    users: int
    objects: int
    nodes: int
    history_days: int
    profile_days: int
    intent_days: int


def build(
    lake: str,
    *,
    day: date,
    encoder: TextEncoder,
    settings: LinkingSettings,
    page: Path | None = None,
) -> BuiltFeatures:
    """Build all feature tables up to the end of `day`; killed and repeated it gives the same files.

    Args:
        lake: Root of the lake.
        day: The last complete day.
        encoder: Turns texts into vectors.
        settings: How labels become nodes.
        page: Where to write the intent browser, if anywhere.
    """
    tables = Lake(lake)
    history_days = write_histories(tables, through=day)
    profile_days = write_profiles(tables, through=day, encoder=encoder)
    intents_lineage = DerivedDays(tables, object_intents(encoder, settings), through=day)
    resolved = resolve_objects(tables, through=day, encoder=encoder, settings=settings)
    intents_lineage.refresh_extended_paths()
    intent_days = write_intents(tables, resolved.table, lineage=intents_lineage)
    if page:
        write_browser(tables, day=day, intents=resolved, output=page)
    return BuiltFeatures(
        users=_users(tables, through=day),
        objects=resolved.table.num_rows,
        nodes=len(resolved.nodes.labels),
        history_days=history_days,
        profile_days=profile_days,
        intent_days=intent_days,
    )


def _users(lake: Lake, *, through: date) -> int:
    with duckdb.connect() as connection:
        connection.register("histories", lake.dataset(USER_HISTORY, through=through))
        (users,) = connection.sql("SELECT count(DISTINCT user_id) FROM histories").fetchall()[0]
    return int(users)
