from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from airloom.causes import Cause
from airloom.ranking.air import AirRanker
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.compiled_network import CompiledNetwork
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import FEATURES, Inputs
from airloom.ranking.network import Batch, ProjectedTexts, RankingNetwork
from airloom.ranking.projected import project_texts
from airloom.ranking.settings import InputSettings, RankerSettings
from airloom.ranking.signals import SIGNAL_FEATURES
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
    network = ranker.stage.network
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


def occluded(network: RankingNetwork, batch: Batch, tables: ProjectedTexts, signal: Cause | None) -> Tensor:
    """The log probability of an order without one signal, by the layers of the trained network."""
    features = ((batch.features - network.mean) / network.scale).clamp(-10, 10)
    texts = torch.nn.functional.embedding(batch.candidates + 1, tables.objects)
    pooled: list[Tensor] = []
    hook = network.mlp.register_forward_pre_hook(lambda _, given: pooled.append(given[0]))
    network(batch, tables)
    hook.remove()
    attended = pooled[0][:, texts.shape[1] + features.shape[1] :]
    if signal is not None:
        names = SIGNAL_FEATURES[signal]
        features = features * torch.tensor([name not in names for name in FEATURES])
    if signal is Cause.INTENTS:
        attended = network.null_token[0].repeat(len(texts), network.heads)
    return (network.mlp(torch.cat([texts, features, attended], dim=1)) + network.wide(features)).sum(dim=1)


def test_a_contribution_is_what_the_score_loses_without_the_signal(shop: SmallShop) -> None:
    ranker = untrained(shop.snapshot)
    network = ranker.stage.network
    network.standardize(torch.randn(50, len(network.mean)) * 3 + 1)
    torch.nn.init.normal_(network.null_token)
    tables = project_texts(network, Catalogue.of(shop.snapshot))
    inputs = ranker.inputs(history=shop.history(3), candidates=np.arange(30, dtype=np.int32), now=shop.now)
    given = as_batch(inputs), ProjectedTexts(*map(torch.from_numpy, tables))
    with torch.inference_mode():
        whole = occluded(network, *given, None)
        expected = torch.stack(
            [whole - occluded(network, *given, signal) for signal in SIGNAL_FEATURES], dim=1
        )
        np.testing.assert_allclose(whole.numpy(), network(*given).order.numpy(), atol=TOLERANCE)
    compiled = CompiledNetwork(network, tables)
    contributions = compiled.contributions(compiled.mlp_inputs(inputs))
    np.testing.assert_allclose(contributions, expected.numpy(), atol=TOLERANCE)
    assert np.abs(contributions).max() > 100 * TOLERANCE


def test_without_candidates_there_are_no_contributions(shop: SmallShop) -> None:
    ranker = untrained(shop.snapshot)
    inputs = ranker.inputs(history=shop.history(3), candidates=np.empty(0, np.int32), now=shop.now)
    nothing = ranker.compiled.network.mlp_inputs(inputs)
    assert ranker.compiled.network.contributions(nothing).shape == (0, len(SIGNAL_FEATURES))


def test_torch_is_not_used_once_a_ranker_is_made(
    shop: SmallShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    untrained(shop.snapshot).save(tmp_path / "ranker")
    served = AirRanker.load(tmp_path / "ranker", shop.snapshot)

    def torn(*_: object, **__: object) -> None:
        raise AssertionError("torch was used")

    monkeypatch.setattr(torch.nn.Module, "__call__", torn)
    served.rank(history=shop.history(1), candidates=np.arange(9, dtype=np.int32), now=shop.now)
