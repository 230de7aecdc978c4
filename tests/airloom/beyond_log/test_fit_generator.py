from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from airloom.beyond_log import masked_task
from airloom.beyond_log.fit_generator import fit_by_period, fit_generator
from airloom.beyond_log.masked_task import MaskedTask
from airloom.errors import AirloomError
from airloom.ranking.training.training_view import TrainingView
from airloom.timestamps import EpochSeconds
from tests.airloom.beyond_log.small_generators import fitted, settings
from tests.airloom.ranking.small_shop import NOW


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.mark.parametrize("codes", [False, True])
def test_it_learns_to_foretell_items(view: TrainingView, codes: bool) -> None:
    _, result = fit_generator(view, settings(codes=codes, epochs=4))
    recalls = [1 - epoch.held_out_error for epoch in result.curve]
    assert max(recalls) > 3 * 20 / 240  # three times what 20 random products of 240 would have


@pytest.mark.parametrize("codes", [False, True])
def test_killed_and_repeated_it_gives_the_same_bytes(
    view: TrainingView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codes: bool
) -> None:
    fitted(view, codes=codes).save(tmp_path / "straight")
    checkpoint, batches, calls = tmp_path / "state.safetensors", MaskedTask.batches, []

    def killed_in_epoch_two(task: MaskedTask, rng: np.random.Generator) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return batches(task, rng)

    with monkeypatch.context() as patched:
        patched.setattr(MaskedTask, "batches", killed_in_epoch_two)
        with pytest.raises(KeyboardInterrupt):
            fitted(view, codes=codes, checkpoint=checkpoint)
    fitted(view, codes=codes, checkpoint=checkpoint).save(tmp_path / "resumed")
    assert content(tmp_path / "resumed") == content(tmp_path / "straight")


def test_early_stopping_judges_items_by_their_recall(view: TrainingView) -> None:
    generator = fitted(view, codes=True)
    tokens = generator.space.tokens(view.snapshot)
    task = MaskedTask(generator.network, view, tokens, settings(codes=True))
    with torch.inference_mode():
        errors = [task.error(rows) for rows in task.held_out()]
    count = sum(weight for _, weight in errors)
    hits = sum((1 - float(error)) * weight for error, weight in errors)
    assert count >= len(task.held_out())
    assert hits == pytest.approx(round(hits), abs=1e-3)  # whole items are counted
    assert masked_task.RECALL_AT == 20


def test_the_generator_behind_labels_has_seen_an_earlier_period_only(view: TrainingView) -> None:
    before = TrainingView(view.snapshot, view.sequences.before(EpochSeconds(NOW - 97)))
    assert len(before.sequences.users) < len(view.sequences.users)
    with pytest.raises(AirloomError, match="users did anything before"):
        fit_by_period(before, view, settings(epochs=1))  # all orders are later: nothing leaks into `before`
    generators = fit_by_period(view, view, settings(epochs=1))
    assert generators.before.version == generators.now.version


def test_too_few_users_are_said(view: TrainingView) -> None:
    one = view.sequences.where(view.sequences.users == 0)
    with pytest.raises(AirloomError, match="1 users did anything before they touched a product"):
        fitted(TrainingView(view.snapshot, one))
