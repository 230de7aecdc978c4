from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from airloom.ranking.air import AirRanker
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.compiled_network import CompiledNetwork
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import Inputs
from airloom.ranking.network import Batch, ProjectedTexts
from airloom.ranking.projected import project_texts
from airloom.ranking.settings import InputSettings, RankerSettings
from tests.airloom.ranking.small_shop import SmallShop, untrained

TOLERANCE = 1e-5


def as_batch(inputs: Inputs) -> Batch:
    """The same inputs as tensors, ids as int64."""
    columns = (getattr(inputs, name) for name in Batch._fields)
    return Batch(
        *(torch.tensor(column.astype(np.int64) if column.dtype.kind == "i" else column) for column in columns)
    )


@pytest.mark.parametrize("count", [0, 1, 2, 37, 240])
@pytest.mark.parametrize("use_intents", [True, False])
def test_it_says_what_the_trained_network_says(shop: SmallShop, count: int, use_intents: bool) -> None:
    ranker = untrained(shop.snapshot, settings=RankerSettings(inputs=InputSettings(use_intents=use_intents)))
    network = ranker.network
    network.standardize(torch.randn(50, len(network.mean)) * 3 + 1)
    torch.nn.init.normal_(network.null_token)
    tables = project_texts(network, Catalogue.of(shop.snapshot))
    candidates = np.arange(count, dtype=np.int32)
    for history in (shop.history(count), shop.history(count, events=1), UserHistory.empty()):
        inputs = ranker.inputs(history=history, candidates=candidates, now=shop.now)
        with torch.inference_mode():
            expected = network(as_batch(inputs), ProjectedTexts(*map(torch.from_numpy, tables)))
        scores = CompiledNetwork(network, tables)(inputs)
        np.testing.assert_allclose(scores.click, expected.click.numpy(), atol=TOLERANCE)
        np.testing.assert_allclose(scores.order, expected.order.numpy(), atol=TOLERANCE)


def test_torch_is_not_used_once_a_ranker_is_made(
    shop: SmallShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrained(shop.snapshot).save(tmp_path / "ranker")
    served = AirRanker.load(tmp_path / "ranker", shop.snapshot)

    def torn(*_: object, **__: object) -> None:
        raise AssertionError("torch was used")

    monkeypatch.setattr(torch.nn.Module, "__call__", torn)
    served.rank(history=shop.history(1), candidates=np.arange(9, dtype=np.int32), now=shop.now)
