"""The second stage, fitted to labels: the network, the forest, and what each part counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.process_folder import process_folder
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.forest import Forest
from airloom.ranking.second_stage import PartScores, SecondStage
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_forest import fit_forest
from airloom.ranking.training.fit_network import fit_network, network_scores
from airloom.ranking.training.fit_stack import HeldOutLosses, fit_stack
from airloom.ranking.training.label_candidates import LabelCandidates
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.training_loop import Fitted

MIN_EXAMPLES: Final = 20


class FittedStage(NamedTuple):
    """A second stage, the losses of its network, and its own losses on the held-out labels."""

    stage: SecondStage
    network: Fitted
    held_out: HeldOutLosses


def fit_second_stage(
    examples: Sequence[Example],
    snapshot: Snapshot,
    towers: Towers,
    settings: TrainingSettings,
    *,
    kept: FittedStage | None = None,
    checkpoint: Path | None = None,
) -> FittedStage:
    """Return the second stage that scores candidates from their inputs.

    Network and forest learn from the first examples; the last ones decide when the network stops and how much
    each part counts.

    Args:
        examples: Sorted by time.
        snapshot: Of a moment before the first of them.
        towers: Over this snapshot; they must not have seen the labels, or their scores would be trusted too
            much (target leakage).
        settings: How to fit.
        kept: Of the same examples and settings but for inferred behaviors, which network and forest do not
            read: both are taken from it, and only the stack is fitted.
        checkpoint: A file to resume from and to keep the state of the network's training in.

    Raises:
        AirloomError: There are too few examples to learn from.
    """
    if len(examples) < MIN_EXAMPLES:
        raise AirloomError(
            f"{len(examples)} examples are too few to train a ranker, at least {MIN_EXAMPLES} are needed",
            do="Give more logs, more label_days, or count more actions as labels",
        )
    catalogue = Catalogue.of(snapshot)
    with process_folder("airloom-training-inputs") as folder, threadpool_limits(settings.fit.threads):
        labels = LabelCandidates.of(examples, snapshot, catalogue, towers, settings, folder=folder)
        if kept:
            (network, forest, _), fitted = kept.stage, kept.network
        else:
            network, fitted = fit_network(labels, catalogue, settings, checkpoint=checkpoint)
            forest = _forest(labels, settings)
        inputs, held_out = labels.inputs.inputs, labels.held_out
        parts = PartScores.of(
            network_scores(network, labels, held_out, catalogue, batch=settings.batch),
            forest.scores(inputs.features[held_out]),
            inputs.tower_scores[held_out],
            inputs.inferred_scores[held_out],
        )
        users = np.unique([examples[row].user_id for row in held_out.tolist()], return_inverse=True)[1]
        stack = fit_stack(parts, labels.log_odds[held_out], labels.inputs.weights[held_out], users)
    return FittedStage(SecondStage(network, forest, stack.weights), fitted, stack.held_out)


def _forest(labels: LabelCandidates, settings: TrainingSettings) -> Forest:
    newest = labels.training[-settings.forest.max_labels :]
    weights = labels.inputs.weights[newest, None] * np.exp(-labels.log_odds[newest])
    weights[:, 0] = labels.inputs.weights[newest]
    features = labels.inputs.inputs.features[newest]
    return fit_forest(features, weights, settings.forest, seed=settings.seed)
