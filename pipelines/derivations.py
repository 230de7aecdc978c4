"""Every table that the daily run makes, and from what: the one list that `airloom why` walks through."""

from __future__ import annotations

from collections.abc import Mapping

from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.lineage.derivation import Derivation
from airloom.logs.contract import LOG_TABLES
from airloom.logs.lake import Lake
from components.build_features.derivations import USER_HISTORIES, object_profiles
from components.validate_logs.derivations import clean_table
from feature_repo.linked_objects import object_intents
from pipelines.recipes import Recipe


def daily_derivations(lake: Lake, recipe: Recipe) -> Mapping[str, Derivation]:
    """Return how each table of a daily run is made with the settings of a recipe, by the table's name."""
    encoder = SentenceEncoder()
    derivations = (
        *(clean_table(lake, table, recipe.rules) for table in LOG_TABLES),
        USER_HISTORIES,
        object_profiles(encoder),
        object_intents(encoder, recipe.linking),
    )
    return {derivation.output.name: derivation for derivation in derivations}
