"""The network of the second stage, fitted to labels with towers that have not seen them.

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

from airloom.ranking.catalogue import Catalogue
from airloom.ranking.network import LogProbabilities, RankingNetwork
from airloom.ranking.training.label_candidates import LabelCandidates
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.training_loop import Fitted, Rows, batched, fit


def fit_network(
    labels: LabelCandidates,
    catalogue: Catalogue,
    settings: TrainingSettings,
    *,
    checkpoint: Path | None = None,
) -> tuple[RankingNetwork, Fitted]:
    """Return the network that scores candidates from their inputs.

    Args:
        labels: Their inputs.
        catalogue: Derived from the snapshot of the inputs.
        settings: How to fit.
        checkpoint: A file to resume from and to keep the state of training in.
    """
    torch.manual_seed(settings.seed)
    network = RankingNetwork(settings.ranker.network, text_dimensions=catalogue.embeddings.shape[1])
    task = _LabelTask(network, labels, catalogue, settings)
    fitted = fit(network, task, settings.fit, what="ranker", seed=settings.seed, checkpoint=checkpoint)
    return network, fitted


def network_scores(
    network: RankingNetwork, labels: LabelCandidates, rows: Rows, catalogue: Catalogue, *, batch: int
) -> NDArray[np.float32]:
    """Return the log probability of what each label is, an order or a click, float32 [rows, C].

    Args:
        network: Fitted, on the CPU.
        labels: Their inputs.
        rows: Which of them.
        catalogue: Derived from the snapshot of the inputs.
        batch: Labels at once.
    """
    network.eval()
    out = np.empty((len(rows), labels.inputs.inputs.features.shape[1]), np.float32)
    with torch.inference_mode():
        for part in batched(np.arange(len(rows)), batch):
            inputs, tables = labels.inputs.batch(rows[part], catalogue, network, torch.device("cpu"))
            click, order = (scores.view(len(part), -1).numpy() for scores in network(inputs, tables))
            out[part] = np.where(labels.inputs.ordered[rows[part], None] > 0, order, click)
    return out


class _LabelTask:
    """A `FitTask`: each target among its candidates, with the logQ correction of popular negatives."""

    def __init__(
        self,
        network: RankingNetwork,
        labels: LabelCandidates,
        catalogue: Catalogue,
        settings: TrainingSettings,
    ) -> None:
        self._network, self._labels, self._catalogue = network, labels, catalogue
        self._settings, self._device = settings, settings.fit.torch_device
        count = len(labels.training)
        features = labels.inputs.inputs.features[labels.training[:: max(1, count // 2000)]]
        network.standardize(torch.from_numpy(features.reshape(-1, features.shape[2])))

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        return list(batched(rng.permutation(self._labels.training), self._settings.batch))

    def held_out(self) -> Sequence[Rows]:
        return list(batched(self._labels.held_out, self._settings.batch))

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:  # noqa: ARG002 - drawn before
        """Return the weighted mean cross-entropy of wanting the targets, and of ordering those ordered."""
        inputs = self._labels.inputs
        batch, tables = inputs.batch(rows, self._catalogue, self._network, self._device)
        log_odds = self._tensor(self._labels.log_odds[rows])
        scores: LogProbabilities = self._network(batch, tables)
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
