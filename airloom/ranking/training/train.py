"""Training: the sequence encoder on what came before the labels, then the network on the labels.

The network is a softmax over each target and its negatives, stopped early on the latest labels. The result
depends on the examples, the sequences, the settings and the number of threads alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from airloom.errors import AirloomError
from airloom.ranking.air import AirRanker, RankerSettings
from airloom.ranking.catalogue import Catalogue, top_categories
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.encoder.training import EncoderTrainingSettings, Material, train_encoder
from airloom.ranking.encoder.traits import traits_of
from airloom.ranking.fitting.fit import FitSettings, Fitted, Rows, fit, parts
from airloom.ranking.network import Network
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.statistics.sequences import Sequences
from airloom.ranking.training.examples import Example
from airloom.ranking.training.negatives import log_odds_of_drawing, training_candidates
from airloom.ranking.training.prepared import Prepared, prepare

LEAST_EXAMPLES = 20
ENCODER_CHECKPOINT = "encoder.safetensors"
NETWORK_CHECKPOINT = "network.safetensors"


@dataclass(frozen=True)
class TrainingSettings:
    """How a ranker is trained.

    Attributes:
        ranker: What it sees and how large it is.
        encoder: How the sequence encoder is trained, before anything else.
        fit: How the network is fitted.
        negatives: Products each target is compared with.
        popular_share: Share of them that is drawn by popularity.
        negatives_from: `all` products, or those of the `same_top` category as the target.
        held_out: Share of the examples, the latest ones, that only decide when to stop.
        batch: Examples a step.
        seed: Decides the negatives, the order and the first weights.
    """

    ranker: RankerSettings = field(default_factory=RankerSettings)
    encoder: EncoderTrainingSettings = field(default_factory=EncoderTrainingSettings)
    fit: FitSettings = field(default_factory=FitSettings)
    negatives: int = 30
    popular_share: float = 0.5
    negatives_from: Literal["all", "same_top"] = "all"
    held_out: float = 0.15
    batch: int = 64
    seed: int = 17

    def without_intents(self) -> TrainingSettings:
        """The control: the same ranker that reads no intents."""
        ranker = self.ranker
        inputs = replace(ranker.inputs, use_intents=False)
        encoder = replace(ranker.encoder, use_intents=False)
        return replace(self, ranker=replace(ranker, inputs=inputs, encoder=encoder))


class Trained(NamedTuple):
    """A ranker and how it came about: the losses of the encoder and of the network."""

    ranker: AirRanker
    encoder: Fitted
    network: Fitted


def train(
    examples: Sequence[Example],
    snapshot: Snapshot,
    sequences: Sequences,
    settings: TrainingSettings,
    *,
    checkpoints: Path | None = None,
) -> Trained:
    """Train a ranker on `examples`, which must be sorted by time.

    Args:
        examples: Read with `snapshot`.
        snapshot: As of a moment before the first example.
        sequences: Everybody's events before that moment, objects as rows of the snapshot.
        settings: How to train.
        checkpoints: A folder to go on from and to keep the state of training in.

    Raises:
        AirloomError: There are too few examples to learn from.
    """
    encoder, encoder_fit = fit_encoder(snapshot, sequences, settings, checkpoints=checkpoints)
    network, network_fit = fit_network(examples, snapshot, encoder, settings, checkpoints=checkpoints)
    return Trained(AirRanker(network, encoder, settings.ranker, snapshot), encoder_fit, network_fit)


def fit_encoder(
    snapshot: Snapshot, sequences: Sequences, settings: TrainingSettings, *, checkpoints: Path | None = None
) -> tuple[SequenceEncoder, Fitted]:
    """The sequence encoder of `train`, fitted to `sequences`; without events it says nothing of a history."""
    torch.manual_seed(settings.seed)
    known = np.unique(sequences.objects)
    own = np.zeros(len(snapshot.objects.ids), np.int64)
    own[known] = np.arange(1, len(known) + 1)
    nodes = len(snapshot.nodes.labels)
    network = EncoderNetwork(
        settings.ranker.encoder,
        objects=len(known),
        nodes=nodes,
        text_dimensions=snapshot.objects.embeddings.shape[1],
    )
    material = Material(sequences, traits_of(snapshot, own, nodes=nodes), _groups(snapshot, settings))
    fitted = train_encoder(
        network,
        material,
        settings.encoder,
        seed=settings.seed,
        checkpoint=checkpoints / ENCODER_CHECKPOINT if checkpoints else None,
    )
    ids = snapshot.objects.ids
    return SequenceEncoder(network, [ids[row] for row in known.tolist()], snapshot), fitted


def _groups(snapshot: Snapshot, settings: TrainingSettings) -> NDArray[np.int32]:
    """Which products compete with each other, int32 [O]; -1 for what is no product that may be shown."""
    groups = np.full(len(snapshot.objects.ids), -1, np.int32)
    tops = top_categories(snapshot) if settings.negatives_from == "same_top" else np.zeros_like(groups)
    groups[snapshot.products] = tops[snapshot.products]
    return groups


def fit_network(
    examples: Sequence[Example],
    snapshot: Snapshot,
    encoder: SequenceEncoder,
    settings: TrainingSettings,
    *,
    checkpoints: Path | None = None,
) -> tuple[Network, Fitted]:
    """The network of `train`, fitted to `examples` with a trained encoder.

    Raises:
        AirloomError: There are too few examples to learn from.
    """
    if len(examples) < LEAST_EXAMPLES:
        raise AirloomError(
            f"{len(examples)} examples are too few to train a ranker, at least {LEAST_EXAMPLES} are needed",
            do="Give more days of logs, more label_days, or count more actions as labels",
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
            checkpoint=checkpoints / NETWORK_CHECKPOINT if checkpoints else None,
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
