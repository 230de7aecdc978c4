from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from airloom.ranking.air import WEIGHTS as NETWORK
from airloom.ranking.air import AirRanker
from airloom.ranking.encoder.encoder import WEIGHTS as ENCODER
from airloom.ranking.encoder.towers import FOLDER
from airloom.ranking.weights import sorted_weights, weights_digest
from tests.airloom.ranking.small_shop import SmallShop, untrained


@pytest.fixture
def ranker(shop: SmallShop) -> AirRanker:
    return untrained(shop.snapshot)


def test_all_weights_are_stored_by_name(ranker: AirRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path)
    assert list(load_file(tmp_path / NETWORK)) == list(sorted_weights(ranker.stage.network))
    for name, encoder in ranker.towers.encoders.items():
        stored = load_file(tmp_path / FOLDER / name / ENCODER)
        assert list(stored) == list(sorted_weights(encoder.network))


def test_one_other_number_is_another_digest(shop: SmallShop, ranker: AirRanker) -> None:
    same = untrained(shop.snapshot)
    assert weights_digest(same.stage.network) == weights_digest(ranker.stage.network)
    with torch.no_grad():
        same.stage.network.null_token[0, 0, 0] += 1e-3
    assert weights_digest(same.stage.network) != weights_digest(ranker.stage.network)
