from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from airloom.ranking.settings import TowerSettings
from airloom.ranking.training import shared_towers
from airloom.ranking.training.settings import EncoderTrainingSettings, FitSettings, TrainingSettings
from airloom.ranking.training.shared_towers import SharedTowers
from airloom.ranking.training.training_view import TrainingView
from airloom.timestamps import EpochSeconds
from tests.airloom.ranking.small_shop import SmallShop

SETTINGS = TrainingSettings(encoder=EncoderTrainingSettings(fit=FitSettings(epochs=1), batch=32))
TOWER = TowerSettings().texts


def test_a_tower_is_fitted_once_and_is_the_same_the_second_time(
    shop: SmallShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = TrainingView(shop.snapshot, shop.sequences(60))
    shared = SharedTowers(tmp_path)
    encoder, fitted = shared(view, TOWER, SETTINGS, what="texts")
    with monkeypatch.context() as patch:
        patch.setattr(shared_towers, "fit_tower", None)
        again, as_before = shared(view, TOWER, SETTINGS, what="texts")
    assert as_before == fitted
    history, candidates = shop.history(1), np.arange(40, dtype=np.int32)
    np.testing.assert_array_equal(
        again.score(again.state(history), candidates), encoder.score(encoder.state(history), candidates)
    )


def test_the_rest_of_an_interrupted_removal_is_no_tower(shop: SmallShop, tmp_path: Path) -> None:
    view = TrainingView(shop.snapshot, shop.sequences(60))
    shared = SharedTowers(tmp_path)
    _, fitted = shared(view, TOWER, SETTINGS, what="texts")
    [kept] = tmp_path.iterdir()
    (kept / shared_towers.FIT).unlink()

    assert shared(view, TOWER, SETTINGS, what="texts")[1] == fitted
    assert (kept / shared_towers.FIT).exists()


def test_another_tower_or_moment_is_fitted_anew(shop: SmallShop, tmp_path: Path) -> None:
    view = TrainingView(shop.snapshot, shop.sequences(60))
    later = TrainingView(
        replace(shop.snapshot, before=EpochSeconds(shop.snapshot.before + 1)), view.sequences
    )
    shared = SharedTowers(tmp_path)
    for past, tower in ((view, TOWER), (view, replace(TOWER, width=32)), (later, TOWER)):
        shared(past, tower, SETTINGS, what="texts")
    assert len(list(tmp_path.iterdir())) == 3
