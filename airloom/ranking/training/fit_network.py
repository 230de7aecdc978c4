"""Second stage: the network, fitted to labels with an encoder that has not seen them.

It is a softmax over each target and its negatives, stopped early on the latest labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from airloom.errors import AirloomError
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.fitting.fit import Fitted, Rows, fit, parts
from airloom.ranking.network import Network
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.negatives import log_odds_of_drawing, training_candidates
from airloom.ranking.training.prepared import Prepared, prepare
from airloom.ranking.training.settings import TrainingSettings

LEAST_EXAMPLES = 20


def fit_network(
    examples: Sequence[Example],
    snapshot: Snapshot,
    encoder: SequenceEncoder,
    settings: TrainingSettings,
    *,
    checkpoint: Path | None = None,
) -> tuple[Network, Fitted]:
    """The network that weighs what is known of a candidate.

    Args:
        examples: Sorted by time; the latest decide when to stop.
        snapshot: As of a moment before the first of them.
        encoder: Over this snapshot; it must not have seen the labels, or the network would trust it too much.
        settings: How to fit.
        checkpoint: A file to go on from and to keep the state of training in.

    Raises:
        AirloomError: There are too few examples to learn from.
    """
    if len(examples) < LEAST_EXAMPLES:
        raise AirloomError(
            f"{len(examples)} examples are too few to train a ranker, at least {LEAST_EXAMPLES} are needed",
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
    with TemporaryDirectory(prefix="airloom-") as folder:
        prepared = prepare(
            examples,
            candidates,
            catalogue=catalogue,
            encoder=encoder,
            settings=settings.ranker.inputs,
            folder=Path(folder),
        )
        torch.manual_seed(settings.seed)
        network = Network(settings.ranker.network, text_dimensions=catalogue.embeddings.shape[1])
        odds = log_odds_of_drawing(
            snapshot,
            popular_share=settings.popular_share,
            same_top=settings.negatives_from == "same_top",
        )
        task = _Labels(network, prepared, catalogue, odds, settings)
        fitted = fit(
            network,
            task,
            settings.fit,
            what="ranker",
            seed=settings.seed,
            checkpoint=checkpoint,
        )
    return network, fitted


class _Labels:
    """Each target among its candidates; a product that is drawn too often counts as much less."""

    def __init__(
        self,
        network: Network,
        prepared: Prepared,
        catalogue: Catalogue,
        log_odds: NDArray[np.float32],
        settings: TrainingSettings,
    ) -> None:
        self._network, self._prepared, self._catalogue = network, prepared, catalogue
        self._log_odds, self._settings = log_odds, settings
        self._device = settings.fit.place
        cut = round(len(prepared.weights) * (1 - settings.held_out))
        self._learnt, self._held_out = np.arange(cut), np.arange(cut, len(prepared.weights))
        base = prepared.inputs.base[self._learnt[:: max(1, cut // 2000)]]
        network.standardise(torch.from_numpy(base.reshape(-1, base.shape[2])))

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        return list(parts(rng.permutation(self._learnt), self._settings.batch))

    def held_out(self) -> Sequence[Rows]:
        return list(parts(self._held_out, self._settings.batch))

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:  # noqa: ARG002 - drawn before
        """Weighted mean cross-entropy of wanting the targets, and of ordering those that were ordered."""
        prepared = self._prepared
        batch, tables = prepared.batch(rows, self._catalogue, self._network, self._device)
        odds = self._tensor(self._log_odds[prepared.inputs.candidates[rows]])
        scores = self._network(batch, tables)
        first = torch.zeros(len(rows), dtype=torch.long, device=self._device)
        wanted, ordered = (
            functional.cross_entropy(logits.view(len(rows), -1).float() - odds, first, reduction="none")
            for logits in scores
        )
        weights, orders = self._tensor(prepared.weights[rows]), self._tensor(prepared.ordered[rows])
        total = weights.sum()
        return ((wanted + ordered * orders) * weights).sum() / total, float(total)

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        """The loss."""
        return self.loss(rows, np.random.default_rng(0))

    def _tensor(self, values: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self._device)
