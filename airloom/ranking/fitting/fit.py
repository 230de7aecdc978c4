"""One training loop for every network of ours: seeded, stopped early, resumable to the same result.

What is learnt, in which batches and with which loss is a `Task`: see `training/fit_network.py` and
`encoder/training.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from airloom.errors import AirloomError
from airloom.progress import progress
from airloom.ranking.fitting.checkpoint import Checkpoint

Rows = NDArray[np.int64]
GRADIENT_NORM = 1.0
"""Longer gradients are shortened to this."""


@dataclass(frozen=True)
class FitSettings:
    """How a network is fitted.

    Attributes:
        epochs: Passes over the examples at most.
        patience: Passes without a lower error on what is held out before training stops.
        learning_rate: Its highest value; it rises over the first tenth of the steps and falls to zero.
        weight_decay: Of AdamW.
        accumulate: Batches whose gradients make one step.
        precision: `bfloat16` computes the forward pass in it, on a GPU about twice as fast.
        device: `auto` takes a GPU if there is one.
        threads: Threads of torch; another number may give other last digits.
    """

    epochs: int = 4
    patience: int = 2
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    accumulate: int = 1
    precision: Literal["float32", "bfloat16"] = "float32"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "accumulate", "threads"):
            if getattr(self, name) < 1:
                raise AirloomError(f"{name} is {getattr(self, name)}", do="Set it to at least 1")

    @property
    def place(self) -> torch.device:
        """Where to compute."""
        chosen = self.device if self.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        return torch.device(chosen)


class Epoch(NamedTuple):
    """How one pass went: the mean loss on what was trained, and how bad the network is on what was held out.

    The second is what `Task.error` says; less is better.
    """

    training_loss: float
    held_out_error: float


class Fitted(NamedTuple):
    """How a fit went; `best` is the epoch (from 0) whose weights the network has."""

    curve: list[Epoch]
    best: int


class Task(Protocol):
    """Examples and what is wrong with a network's answers to them.

    Losses and errors are means over some examples, with the weight that they have in the mean of all.
    """

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        """The examples to learn from, once each, in a new order."""
        ...

    def held_out(self) -> Sequence[Rows]:
        """The examples that only decide when to stop, always alike."""
        ...

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:
        """What training makes small; `rng` draws what is drawn anew every time."""
        ...

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        """What decides when to stop."""
        ...


def fit(
    network: nn.Module,
    task: Task,
    settings: FitSettings,
    *,
    what: str,
    seed: int,
    checkpoint: Path | None = None,
) -> Fitted:
    """Fit `network` in place, on the CPU or a GPU, and leave it on the CPU with its best weights.

    Args:
        network: Made with the seed of the run; its weights are the start.
        task: What to learn.
        settings: How.
        what: Name in the progress bar.
        seed: Decides orders, negatives and dropout; every epoch draws anew from (seed, epoch) alone, so that
            a resumed fit goes on as if it had not been killed.
        checkpoint: A file to go on from if it is there, written after every epoch; remove it when all is
            saved.

    Raises:
        AirloomError: A loss is not finite, or nothing is held out.
    """
    torch.set_num_threads(settings.threads)
    network.to(settings.place)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    done = Checkpoint.start(network)
    if checkpoint is not None and checkpoint.exists():
        done = Checkpoint.read(checkpoint, network, optimiser)
    curve = [Epoch(*losses) for losses in done.curve]
    while len(curve) < settings.epochs and len(curve) - 1 - done.best < settings.patience:
        number = len(curve)
        rng = np.random.default_rng([seed, number])
        torch.manual_seed(int(rng.integers(2**62)))
        batches = task.batches(rng)
        bar = progress(batches, what=f"{what}, epoch {number + 1}", unit="steps")
        total = _pass(network, task, optimiser, settings, bar, len(batches), number, rng)
        curve.append(Epoch(total, _held_out_error(network, task, settings)))
        if not np.isfinite(curve[-1]).all():
            error = curve[-1].held_out_error
            raise AirloomError(
                f"The {what} has a loss of {total:.3g} after epoch {number + 1}, held out {error:.3g}",
                do="Lower the learning rate, hold some examples out, or look for infinite features",
            )
        if curve[-1].held_out_error <= min(epoch.held_out_error for epoch in curve):
            done.best, done.weights = number, copy.deepcopy(network.state_dict())
        done.curve = [tuple(epoch) for epoch in curve]
        if checkpoint is not None:
            done.write(checkpoint, network, optimiser)
    network.load_state_dict(done.weights)
    network.to("cpu").eval()
    return Fitted(curve, done.best)


def _pass(
    network: nn.Module,
    task: Task,
    optimiser: torch.optim.Optimizer,
    settings: FitSettings,
    batches: Iterable[Rows],
    count: int,
    epoch: int,
    rng: np.random.Generator,
) -> float:
    network.train()
    losses: list[tuple[Tensor, float]] = []
    for place, rows in enumerate(batches):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * _warmth((epoch + (place + 0.5) / count) / settings.epochs)
        with _autocast(settings):
            loss, weight = task.loss(rows, rng)
        (loss / settings.accumulate).backward()
        if (place + 1) % settings.accumulate == 0 or place + 1 == count:
            nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_NORM)
            optimiser.step()
            optimiser.zero_grad()
        losses.append((loss.detach(), weight))
    return _mean(losses)


def _held_out_error(network: nn.Module, task: Task, settings: FitSettings) -> float:
    network.eval()
    with torch.inference_mode(), _autocast(settings):
        return _mean([task.error(rows) for rows in task.held_out()])


def _mean(losses: Sequence[tuple[Tensor, float]]) -> float:
    total = sum(weight for _, weight in losses)
    return sum(float(loss) * weight for loss, weight in losses) / total if total else float("nan")


def _warmth(done: float, *, rise: float = 0.1) -> float:
    """Share of the highest learning rate after a share of all steps: up in a line, down in half a cosine."""
    if done < rise:
        return done / rise
    return 0.5 * (1 + float(np.cos(np.pi * (done - rise) / (1 - rise))))


def _autocast(settings: FitSettings) -> torch.autocast | nullcontext[None]:
    if settings.precision == "float32":
        return nullcontext()
    return torch.autocast(settings.place.type, torch.bfloat16)


def parts(rows: Rows, size: int) -> Iterator[Rows]:
    """`rows` in pieces of `size`, the last one smaller."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
