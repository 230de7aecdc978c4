"""The training loop of every network: optimizer, learning rate schedule, early stopping, checkpoints.

It is seeded, and a resumed training gives the same result. The batches and the loss come from a `FitTask`:
`fit_network.py` has that of the ranking network, `next_product_task.py` that of the sequence encoder.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from airloom.errors import AirloomError
from airloom.progress import progress
from airloom.ranking.training.checkpoint import Checkpoint
from airloom.ranking.training.settings import FitSettings
from airloom.ranking.weights import sorted_weights

Rows = NDArray[np.int64]
MAX_GRADIENT_NORM = 1.0
"""Longer gradients are clipped to this length."""


class Epoch(NamedTuple):
    """The losses of one pass over the examples.

    Attributes:
        training_loss: Mean over the training examples.
        held_out_error: Mean of `FitTask.error` over the held-out examples; lower is better.
    """

    training_loss: float
    held_out_error: float


class Fitted(NamedTuple):
    """The result of a fit.

    Attributes:
        curve: The losses of every epoch.
        best: The epoch (from 0) whose weights the network has.
    """

    curve: list[Epoch]
    best: int


class FitTask(Protocol):
    """Examples, and the loss and error of a network on them.

    Losses and errors are means over a batch, returned with the batch's weight in the mean of all.
    """

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        """Return the training examples, once each, in a new order."""
        ...

    def held_out(self) -> Sequence[Rows]:
        """Return the examples that only decide when to stop, the same every time."""
        ...

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:
        """Return what training minimizes; `rng` draws negatives and noise."""
        ...

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        """Return what early stopping minimizes."""
        ...


def fit(
    network: nn.Module,
    task: FitTask,
    settings: FitSettings,
    *,
    what: str,
    seed: int,
    checkpoint: Path | None = None,
) -> Fitted:
    """Fit `network` in place, on the CPU or a GPU, and leave it on the CPU with its best weights.

    Args:
        network: Initialized; its weights are the start.
        task: What to learn.
        settings: Epochs, learning rate and so on.
        what: Name in the progress bar.
        seed: Decides orders, negatives and dropout; every epoch draws anew from (seed, epoch) only, so that
            a resumed fit goes on as if it had not been killed.
        checkpoint: A file to resume from if it exists, written after every epoch; the caller removes it when
            everything is saved.

    Raises:
        AirloomError: A loss is not finite, or nothing is held out.
    """
    torch.set_num_threads(settings.threads)
    network.to(settings.torch_device)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    done = Checkpoint.start(network)
    if checkpoint is not None and checkpoint.exists():
        done = Checkpoint.read(checkpoint, network, optimizer)
    curve = [Epoch(*losses) for losses in done.curve]
    while len(curve) < settings.epochs and len(curve) - 1 - done.best < settings.patience:
        number = len(curve)
        rng = np.random.default_rng([seed, number])
        torch.manual_seed(int(rng.integers(2**62)))
        batches = task.batches(rng)
        bar = progress(batches, what=f"{what}, epoch {number + 1}", unit="steps")
        total = _pass(network, task, optimizer, settings, bar, len(batches), number, rng)
        curve.append(Epoch(total, _held_out_error(network, task, settings)))
        if not np.isfinite(curve[-1]).all():
            error = curve[-1].held_out_error
            raise AirloomError(
                f"The {what} has a loss of {total:.3g} after epoch {number + 1}, held out {error:.3g}",
                do="Lower the learning rate, hold some examples out, or look for infinite features",
            )
        if curve[-1].held_out_error <= min(epoch.held_out_error for epoch in curve):
            done.best, done.weights = number, copy.deepcopy(sorted_weights(network))
        done.curve = [tuple(epoch) for epoch in curve]
        if checkpoint is not None:
            done.write(checkpoint, network, optimizer)
    network.load_state_dict(done.weights)
    network.to("cpu").eval()
    return Fitted(curve, done.best)


def _pass(
    network: nn.Module,
    task: FitTask,
    optimizer: torch.optim.Optimizer,
    settings: FitSettings,
    batches: Iterable[Rows],
    count: int,
    epoch: int,
    rng: np.random.Generator,
) -> float:
    network.train()
    losses: list[tuple[Tensor, float]] = []
    for index, rows in enumerate(batches):
        for group in optimizer.param_groups:
            done = (epoch + (index + 0.5) / count) / settings.epochs
            group["lr"] = settings.learning_rate * _schedule(done)
        with _autocast(settings):
            loss, weight = task.loss(rows, rng)
        (loss / settings.accumulate).backward()
        if (index + 1) % settings.accumulate == 0 or index + 1 == count:
            nn.utils.clip_grad_norm_(network.parameters(), MAX_GRADIENT_NORM)
            optimizer.step()
            optimizer.zero_grad()
        losses.append((loss.detach(), weight))
    return _mean(losses)


def _held_out_error(network: nn.Module, task: FitTask, settings: FitSettings) -> float:
    network.eval()
    with torch.inference_mode(), _autocast(settings):
        return _mean([task.error(rows) for rows in task.held_out()])


def _mean(losses: Sequence[tuple[Tensor, float]]) -> float:
    total = sum(weight for _, weight in losses)
    return sum(float(loss) * weight for loss, weight in losses) / total if total else float("nan")


def _schedule(done: float, *, warm_up: float = 0.1) -> float:
    """Return the share of the highest learning rate after a share of all steps: warm-up, then cosine."""
    if done < warm_up:
        return done / warm_up
    return 0.5 * (1 + float(np.cos(np.pi * (done - warm_up) / (1 - warm_up))))


def _autocast(settings: FitSettings) -> torch.autocast | nullcontext[None]:
    if settings.precision == "float32":
        return nullcontext()
    return torch.autocast(settings.torch_device.type, torch.bfloat16)


def batched(rows: Rows, size: int) -> Iterator[Rows]:
    """Yield `rows` in batches of `size`, the last one smaller.

    >>> [batch.tolist() for batch in batched(np.arange(5), 2)]
    [[0, 1], [2, 3], [4]]
    """
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
