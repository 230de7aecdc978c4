"""The settings of each format, chosen on valid splits and on rows held out of training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airloom.bench.catalogue_builder import FOREVER, CatalogueSettings
from airloom.bench.dataset import Dataset
from airloom.bench.model_factory import ModelSettings
from airloom.bench.training_data import LabelSettings
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.settings import InputSettings, RankerSettings, RetrievalSettings
from airloom.ranking.training.settings import TrainingSettings
from airloom.settings import as_dict, parse, with_current_names
from airloom.statistics.cooccurrence import CooccurrenceSettings


def events_as_days() -> ModelSettings:
    """Return settings for an order without times, read as one event per day: half-life 4.3 events."""
    return ModelSettings(
        training=_training(half_life_days=4.3, max_age_days=1e4),
        catalogue=CatalogueSettings(neighbors=_neighbors(half_life_days=FOREVER)),
    )


def years_of_days() -> ModelSettings:
    """Return settings for years of a few events a month, of few users: small batches, several labels each."""
    year = 365.0
    training = _training(half_life_days=year, max_age_days=5 * year)
    training = replace(
        training,
        encoder=replace(training.encoder, batch=32),
        fit=replace(training.fit, epochs=8, patience=4),
    )
    return ModelSettings(
        training=training,
        catalogue=CatalogueSettings(
            neighbors=_neighbors(half_life_days=5 * year), popularity_half_life_days=year
        ),
        labels=LabelSettings(max_per_user=3),
    )


def _neighbors(*, half_life_days: float) -> CooccurrenceSettings:
    return replace(CooccurrenceSettings(), half_life_days=half_life_days, second_hop=2.0, order=1.0, keep=300)


def _training(*, half_life_days: float, max_age_days: float) -> TrainingSettings:
    inputs = InputSettings(
        tree=EventWeightSettings(half_life_days=half_life_days),
        retrieval=RetrievalSettings(max_age_days=max_age_days),
    )
    return TrainingSettings(
        ranker=RankerSettings(inputs=inputs), negatives=60, popular_share=0.3, negatives_from="same_top"
    )


def settings_for(dataset: Dataset, changes: Mapping[str, Any] | None = None) -> ModelSettings:
    """Return the settings of a dataset, by what its times mean.

    Args:
        dataset: Whose.
        changes: Fields of `ModelSettings` that differ, as dictionaries at any depth.

    Raises:
        AirloomError: There is no such setting, or its value is of the wrong type.
    """
    settings = years_of_days() if dataset.has_times else events_as_days()
    if not changes:
        return settings
    return parse(ModelSettings, _merged(as_dict(settings), with_current_names(ModelSettings, changes)))


def _merged(whole: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `whole` with what `changes` says instead, at any depth."""
    return whole | {
        key: _merged(whole[key], value)
        if isinstance(value, dict) and isinstance(whole.get(key), dict)
        else value
        for key, value in changes.items()
    }
