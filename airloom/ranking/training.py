"""Training: a softmax over each target and its negatives, stopped early on the latest labels.

The result depends on the examples, the settings and the number of threads alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from airloom.errors import AirloomError
from airloom.progress import progress
from airloom.ranking.air import AirRanker, RankerSettings
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.examples import Example
from airloom.ranking.negatives import log_odds_of_drawing, training_candidates
from airloom.ranking.network import Network
from airloom.ranking.prepared import Prepared, prepare
from airloom.ranking.snapshot import Snapshot

LEAST_EXAMPLES = 20


@dataclass(frozen=True)
class TrainingSettings:
    """How a ranker is trained.

    Attributes:
        ranker: What it sees and how large it is.
        negatives: Products each target is compared with.
        popular_share: Share of them that is drawn by popularity.
        epochs: Passes over the examples at most.
        patience: Passes without a better loss on the held-out examples before training stops.
        held_out: Share of the examples, the latest ones, that only decide when to stop.
        batch: Examples a step.
        learning_rate: At the start; it falls to zero over the epochs.
        weight_decay: Of AdamW.
        seed: Decides the negatives, the order and the first weights.
        threads: Threads of torch; another number may give other last digits.
    """

    ranker: RankerSettings = field(default_factory=RankerSettings)
    negatives: int = 30
    popular_share: float = 0.5
    epochs: int = 4
    patience: int = 2
    held_out: float = 0.15
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    seed: int = 17
    threads: int = 1


class Epoch(NamedTuple):
    """Mean losses of one pass: on what was trained, and on what was held out."""

    training_loss: float
    held_out_loss: float


class Trained(NamedTuple):
    """A ranker and how it came about; `best` is the epoch (from 0) whose weights it has."""

    ranker: AirRanker
    curve: list[Epoch]
    best: int


def train(examples: Sequence[Example], snapshot: Snapshot, settings: TrainingSettings) -> Trained:
    """Train a ranker on `examples`, which must be sorted by time.

    Args:
        examples: Read with `snapshot`.
        snapshot: As of a moment before the first example.
        settings: How to train.

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
        seed=settings.seed,
    )
    catalogue = Catalogue.of(snapshot)
    with TemporaryDirectory(prefix="airloom-") as folder:
        prepared = prepare(
            examples,
            candidates,
            catalogue=catalogue,
            settings=settings.ranker.inputs,
            folder=Path(folder),
        )
        odds = log_odds_of_drawing(snapshot, popular_share=settings.popular_share)
        network, curve, best = _fit(_Material(prepared, catalogue, odds), settings)
    return Trained(AirRanker(network, settings.ranker, snapshot), curve, best)


class _Material(NamedTuple):
    """What every step reads: inputs, texts, and by how much each object is drawn too often (float32 [O])."""

    prepared: Prepared
    catalogue: Catalogue
    log_odds: NDArray[np.float32]


def _fit(material: _Material, settings: TrainingSettings) -> tuple[Network, list[Epoch], int]:
    prepared, catalogue = material.prepared, material.catalogue
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    network = Network(settings.ranker.network, text_dimensions=catalogue.embeddings.shape[1])
    cut = round(len(prepared.weights) * (1 - settings.held_out))
    learnt, held_out = np.arange(cut), np.arange(cut, len(prepared.weights))
    _standardise(network, prepared, learnt)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.epochs)
    curve: list[Epoch] = []
    best, weights = 0, copy.deepcopy(network.state_dict())
    for number in range(settings.epochs):
        network.train()
        order = rng.permutation(learnt)
        total = 0.0
        steps = list(_parts(order, settings.batch))
        for rows in progress(steps, what=f"epoch {number + 1}", unit="steps"):
            loss = _loss(network, material, rows)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += loss.item() * len(rows)
        schedule.step()
        curve.append(Epoch(total / len(learnt), _mean_loss(network, material, held_out, settings)))
        if curve[-1].held_out_loss <= min(epoch.held_out_loss for epoch in curve):
            best, weights = number, copy.deepcopy(network.state_dict())
        elif number - best >= settings.patience:
            break
    network.load_state_dict(weights)
    return network, curve, best


def _loss(network: Network, material: _Material, rows: NDArray[np.int64]) -> torch.Tensor:
    """Weighted mean cross-entropy of the targets among their candidates."""
    prepared = material.prepared
    batch, tables = prepared.batch(rows, material.catalogue, network)
    odds = torch.from_numpy(material.log_odds[prepared.inputs.candidates[rows]])
    scores = network(batch, tables).view(len(rows), -1) - odds
    losses = functional.cross_entropy(scores, torch.zeros(len(rows), dtype=torch.long), reduction="none")
    weights = torch.from_numpy(prepared.weights[rows])
    return (losses * weights).sum() / weights.sum()


def _mean_loss(
    network: Network, material: _Material, rows: NDArray[np.int64], settings: TrainingSettings
) -> float:
    network.eval()
    with torch.inference_mode():
        losses = [_loss(network, material, part).item() * len(part) for part in _parts(rows, settings.batch)]
    return sum(losses) / len(rows)


def _standardise(network: Network, prepared: Prepared, rows: NDArray[np.int64]) -> None:
    """Give the network the mean and spread of the base features, over some of the examples."""
    some = rows[:: max(1, len(rows) // 2000)]
    base = torch.from_numpy(prepared.inputs.base[some].reshape(-1, prepared.inputs.base.shape[2]))
    network.mean.copy_(base.mean(dim=0))
    network.scale.copy_(base.std(dim=0).clamp(min=1e-3))


def _parts(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
