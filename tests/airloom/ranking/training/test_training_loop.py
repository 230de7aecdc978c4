from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from airloom.errors import AirloomError
from airloom.ranking.training.settings import FitSettings
from airloom.ranking.training.training_loop import Fitted, Rows, batched, fit
from airloom.settings import parse

SETTINGS = FitSettings(epochs=6, patience=6, learning_rate=0.05, weight_decay=0.0)


class Line:
    """Points on a line, the last ten held out; dropout and noise need random numbers."""

    def __init__(self, network: nn.Module, *, batch: int = 10, fails_after: int | None = None) -> None:
        self.network, self.batch = network, batch
        self.x = torch.linspace(-1, 1, 50)[:, None]
        self.y = 3 * self.x + 1
        self.passes, self.fails_after = 0, fails_after

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        if self.passes == self.fails_after:
            raise KeyboardInterrupt
        self.passes += 1
        return list(batched(rng.permutation(40), self.batch))

    def held_out(self) -> Sequence[Rows]:
        return [np.arange(40, 50)]

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:
        noise = torch.from_numpy(rng.normal(0, 0.01, (len(rows), 1)).astype(np.float32))
        wrong = self.network(self.x[rows]) - self.y[rows] + noise
        return (wrong**2).mean(), float(len(rows))

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        return ((self.network(self.x[rows]) - self.y[rows]) ** 2).mean(), float(len(rows))


def network(*, dropout: float = 0.1) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1))


def fitted(task_network: nn.Module, settings: FitSettings = SETTINGS, **more: object) -> Fitted:
    return fit(task_network, Line(task_network), settings, what="line", seed=5, **more)  # type: ignore[arg-type]


def test_a_killed_fit_goes_on_to_the_same_result(tmp_path: Path) -> None:
    whole, killed = network(), network()
    straight = fitted(whole)
    file = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        fit(killed, Line(killed, fails_after=3), SETTINGS, what="line", seed=5, checkpoint=file)
    again = network()
    resumed = fitted(again, checkpoint=file)
    assert resumed == straight
    for one, two in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two)


def test_accumulated_batches_step_like_one_large_batch() -> None:
    large, small = network(dropout=0.0), network(dropout=0.0)
    calm = FitSettings(epochs=1, learning_rate=0.05, weight_decay=0.0)
    halves = FitSettings(epochs=1, learning_rate=0.05, weight_decay=0.0, accumulate=4)
    fit(large, Line(large, batch=40), calm, what="line", seed=5)
    fit(small, Line(small, batch=10), halves, what="line", seed=5)
    # both take one step; their learning rates differ by the warm-up alone, which one step does not see
    signs = [
        torch.sign(one.detach() - start.detach()).equal(torch.sign(two.detach() - start.detach()))
        for one, two, start in zip(
            large.parameters(), small.parameters(), network().parameters(), strict=True
        )
    ]
    assert all(signs)


def test_it_keeps_the_best_epoch_and_stops_when_nothing_gets_better() -> None:
    wild = network()
    done = fitted(wild, FitSettings(epochs=50, patience=2, learning_rate=2.0, weight_decay=0.0))
    errors = [epoch.held_out_error for epoch in done.curve]
    assert done.best == int(np.argmin(errors))
    assert len(errors) == done.best + 3
    kept = Line(wild).error(np.arange(40, 50))[0].item()
    assert kept == pytest.approx(min(errors), rel=1e-5)


def test_the_learning_rate_reaches_a_low_error() -> None:
    done = fitted(network(), FitSettings(epochs=40, patience=40, learning_rate=0.05, weight_decay=0.0))
    assert done.curve[-1].training_loss < 0.1 * done.curve[0].training_loss


def test_half_precision_learns_too() -> None:
    done = fitted(network(), FitSettings(epochs=40, patience=40, learning_rate=0.05, precision="bfloat16"))
    assert done.curve[-1].training_loss < 0.2 * done.curve[0].training_loss


@pytest.mark.parametrize("content", [b"", b"garbage that is no checkpoint"])
def test_a_damaged_checkpoint_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "state.safetensors"
    file.write_bytes(content)
    with pytest.raises(AirloomError, match="is not the checkpoint of this training"):
        fitted(network(), checkpoint=file)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state.safetensors"
    fitted(network(), FitSettings(epochs=1), checkpoint=file)
    other = nn.Linear(1, 1)
    with pytest.raises(AirloomError, match="is not the checkpoint of this training"):
        fitted(other, checkpoint=file)


def test_a_fit_that_diverges_is_no_result() -> None:
    task_network = network()
    task = Line(task_network)
    task.y[45] = torch.nan  # among what is held out
    with pytest.raises(AirloomError, match=r"line has a loss of .* after epoch 1, held out nan"):
        fit(task_network, task, SETTINGS, what="line", seed=5)


@pytest.mark.parametrize("name", ["epochs", "accumulate", "threads"])
def test_what_must_be_at_least_one_is_said(name: str) -> None:
    with pytest.raises(AirloomError, match=f"{name} is 0. Set it to at least 1"):
        parse(FitSettings, {name: 0})
