from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from airloom.beyond_log.fit_generator import fit_generator
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.settings import (
    CorruptionSettings,
    GeneratorSettings,
    GeneratorTrainingSettings,
    TokenSettings,
)
from airloom.ranking.history import ACTION_CODE
from airloom.ranking.training.settings import FitSettings
from airloom.ranking.training.training_view import TrainingView
from airloom.statistics.sequences import Sequences
from tests.airloom.ranking.small_shop import NOW

SMALL = GeneratorTrainingSettings(
    generator=GeneratorSettings(width=32, layers=1, heads=2, dropout=0.1, max_events=10, blanks=2),
    tokens=TokenSettings(
        max_item_tokens=1000, columns=2, codewords=32, content_dimensions=16, cooccurrence_dimensions=8
    ),
    corruption=CorruptionSettings(tokens=0.1, items=0.1, purchases=0.2, blanks=0.6),
    fit=FitSettings(epochs=2, patience=2, learning_rate=5e-3, weight_decay=0.0),
    batch=32,
    held_out=0.1,
)


def tasteful_shoppers(users: int, *, first: int = 0) -> tuple[Sequences, NDArray[np.int64]]:
    """Users who watch videos that point to one category and then order two of its products; the categories.

    Video v of the small shop (rows 240 to 299) points to category v % 24; each category has ten products.
    """
    objects, categories = [], np.zeros(users, np.int64)
    for user in range(users):
        rng = np.random.default_rng(first + user)
        category = categories[user] = rng.integers(24)
        videos = 240 + category + 24 * rng.integers(0, 2, 3)
        objects.append(np.append(videos, 10 * category + rng.permutation(10)[:2]))
    actions = [ACTION_CODE["view"]] * 3 + [ACTION_CODE["order"]] * 2
    times = NOW - 100 + np.arange(5)
    return Sequences(
        np.repeat(np.arange(users, dtype=np.int32), 5),
        np.concatenate(objects).astype(np.int32),
        np.tile(np.array(actions, np.int8), users),
        np.tile(times, users),
    ), categories


def settings(*, codes: bool = False, epochs: int = 2) -> GeneratorTrainingSettings:
    tokens = replace(SMALL.tokens, max_item_tokens=0) if codes else SMALL.tokens
    return replace(SMALL, tokens=tokens, fit=replace(SMALL.fit, epochs=epochs, patience=epochs))


def fitted(
    view: TrainingView, *, codes: bool = False, epochs: int = 2, checkpoint: Path | None = None
) -> BehaviorGenerator:
    return fit_generator(view, settings(codes=codes, epochs=epochs), checkpoint=checkpoint)[0]
