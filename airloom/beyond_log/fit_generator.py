"""Trains a generator on the events of all users before a moment."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.item_tokens import TokenSpace
from airloom.beyond_log.masked_task import MaskedTask
from airloom.beyond_log.network import GeneratorNetwork
from airloom.beyond_log.settings import GeneratorTrainingSettings
from airloom.ranking.training.training_loop import Fitted, fit
from airloom.ranking.training.training_view import TrainingView


def fit_generator(
    view: TrainingView,
    settings: GeneratorTrainingSettings,
    *,
    what: str = "behavior generator",
    checkpoint: Path | None = None,
) -> tuple[BehaviorGenerator, Fitted]:
    """Return a generator fitted to `view`.

    Args:
        view: What to learn from; nothing else is read.
        settings: How to train.
        what: Name of the progress bar.
        checkpoint: A file to resume from and to keep the state of training in.

    Raises:
        AirloomError: Too few users have a product to predict.
    """
    space = TokenSpace.fit(view.snapshot, np.unique(view.sequences.objects), settings.tokens)
    tokens = space.tokens(view.snapshot)
    torch.manual_seed(settings.seed)
    network = GeneratorNetwork(
        settings.generator,
        columns=tokens.codes.shape[1],
        embeddings=space.embeddings,
        features=tokens.features.shape[2],
    )
    task = MaskedTask(network, view, tokens, settings)
    fitted = fit(network, task, settings.fit, what=what, seed=settings.seed, checkpoint=checkpoint)
    return BehaviorGenerator(network, space), fitted


class PeriodGenerators(NamedTuple):
    """The generators of a training run: no label is foretold by one that has seen it.

    Attributes:
        before: Fitted to what was known before the first label; for the behaviors that labels are learnt
            with, inferred from the history before each label.
        now: Fitted to everything, labels included; for service.
    """

    before: BehaviorGenerator
    now: BehaviorGenerator


def fit_by_period(
    before: TrainingView,
    now: TrainingView,
    settings: GeneratorTrainingSettings,
    *,
    checkpoints: Path | None = None,
) -> PeriodGenerators:
    """Return a generator of an earlier period for training, and one of all for service.

    The views are those of `airloom.ranking.training.train.train`, which treats its sequence encoder likewise.

    Args:
        before: What was known before the first label.
        now: What is known when the ranker begins to serve.
        settings: How to train.
        checkpoints: A folder to resume from and to keep the state of training in.

    Raises:
        AirloomError: There is too little to learn from.
    """
    generators = [
        fit_generator(
            view,
            settings,
            what=f"behavior generator {name}",
            checkpoint=checkpoints / f"generator_{name}.safetensors" if checkpoints else None,
        )[0]
        for name, view in (("before", before), ("now", now))
    ]
    return PeriodGenerators(*generators)
