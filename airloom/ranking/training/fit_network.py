"""Second stage: the network, fitted to labels with an encoder that has not seen them.

The loss is a softmax over each target and its negatives; the latest labels decide when to stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from airloom.errors import AirloomError
from airloom.process_folder import process_folder
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.network import RankingNetwork
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.materialized_inputs import MaterializedInputs, materialize_inputs
from airloom.ranking.training.negatives import sampling_log_odds, training_candidates
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.training_loop import Fitted, Rows, batched, fit

MIN_EXAMPLES = 20


def fit_network(
    examples: Sequence[Example],
    snapshot: Snapshot,
    encoder: SequenceEncoder,
    settings: TrainingSettings,
    *,
    checkpoint: Path | None = None,
) -> tuple[RankingNetwork, Fitted]:
    """Return the network that scores candidates from their inputs.

    Args:
        examples: Sorted by time; the latest decide when to stop.
        snapshot: Of a moment before the first of them.
        encoder: Over this snapshot; it must not have seen the labels, or the network would give its score too
            much weight (target leakage).
        settings: How to fit.
        checkpoint: A file to resume from and to keep the state of training in.

    Raises:
        AirloomError: There are too few examples to learn from.
    """
    if len(examples) < MIN_EXAMPLES:
        raise AirloomError(
            f"{len(examples)} examples are too few to train a ranker, at least {MIN_EXAMPLES} are needed",
            do="Give more logs, more label_days, or count more actions as labels",
        )
    candidates = training_candidates(
        examples,
        snapshot,
        negatives=settings.negatives,
        popular_share=settings.popular_share,
        same_top=settings.negatives_from == "same_top",
        seed=settings.seed,
    )
    catalogue = Catalogue.of(snapshot)
    with process_folder("airloom-training-inputs") as folder:
        inputs = materialize_inputs(
            examples,
            candidates,
            catalogue=catalogue,
            encoder=encoder,
            settings=settings.ranker.inputs,
            folder=folder,
        )
        torch.manual_seed(settings.seed)
        network = RankingNetwork(settings.ranker.network, text_dimensions=catalogue.embeddings.shape[1])
        log_odds = sampling_log_odds(
            snapshot,
            popular_share=settings.popular_share,
            same_top=settings.negatives_from == "same_top",
        )
        task = _LabelTask(network, inputs, catalogue, log_odds, settings)
        fitted = fit(
            network,
            task,
            settings.fit,
            what="ranker",
            seed=settings.seed,
            checkpoint=checkpoint,
        )
    return network, fitted


class _LabelTask:
    """A `FitTask`: each target among its candidates, with the logQ correction of popular negatives."""

    def __init__(
        self,
        network: RankingNetwork,
        inputs: MaterializedInputs,
        catalogue: Catalogue,
        log_odds: NDArray[np.float32],
        settings: TrainingSettings,
    ) -> None:
        self._network, self._inputs, self._catalogue = network, inputs, catalogue
        self._log_odds, self._settings = log_odds, settings
        self._device = settings.fit.torch_device
        cut = round(len(inputs.weights) * (1 - settings.held_out))
        self._training, self._held_out = np.arange(cut), np.arange(cut, len(inputs.weights))
        features = inputs.inputs.features[self._training[:: max(1, cut // 2000)]]
        network.standardize(torch.from_numpy(features.reshape(-1, features.shape[2])))

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        return list(batched(rng.permutation(self._training), self._settings.batch))

    def held_out(self) -> Sequence[Rows]:
        return list(batched(self._held_out, self._settings.batch))

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:  # noqa: ARG002 - drawn before
        """Return the weighted mean cross-entropy of wanting the targets, and of ordering those ordered."""
        inputs = self._inputs
        batch, tables = inputs.batch(rows, self._catalogue, self._network, self._device)
        log_odds = self._tensor(self._log_odds[inputs.inputs.candidates[rows]])
        scores = self._network(batch, tables)
        first = torch.zeros(len(rows), dtype=torch.long, device=self._device)
        wanted, ordered = (
            functional.cross_entropy(logits.view(len(rows), -1).float() - log_odds, first, reduction="none")
            for logits in scores
        )
        weights, orders = self._tensor(inputs.weights[rows]), self._tensor(inputs.ordered[rows])
        total = weights.sum()
        return ((wanted + ordered * orders) * weights).sum() / total, float(total)

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        """Return the loss."""
        return self.loss(rows, np.random.default_rng(0))

    def _tensor(self, values: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self._device)
