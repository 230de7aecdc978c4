from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from airloom.causes import Cause
from airloom.errors import AirloomError
from airloom.intents.linking.nodes import MAX_DEPTH, NO_NODE, Nodes
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.evaluate import evaluate
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.reasons.reasons import PageExplainer
from airloom.ranking.settings import TOWERS
from airloom.ranking.snapshot import ObjectPaths, Snapshot
from airloom.ranking.texts import Texts
from airloom.ranking.training import train as training
from airloom.ranking.training.settings import EncoderTrainingSettings, FitSettings, TrainingSettings
from airloom.ranking.training.train import Trained, train
from airloom.ranking.training.training_view import TrainingView
from tests.airloom.ranking.small_shop import SHORTENED, SmallShop

SETTINGS = TrainingSettings(
    encoder=EncoderTrainingSettings(fit=FitSettings(epochs=2), batch=32),
    fit=FitSettings(epochs=3),
    negatives=10,
)


@pytest.fixture(scope="module")
def trained(shop: SmallShop) -> Trained:
    return trained_with(shop, SETTINGS)


def trained_with(shop: SmallShop, settings: TrainingSettings, checkpoints: Path | None = None) -> Trained:
    examples = [shop.example(seed) for seed in range(250)]
    return train(examples, past(shop, 100), past(shop, 120), settings, checkpoints=checkpoints)


def past(shop: SmallShop, users: int) -> TrainingView:
    return TrainingView(shop.snapshot, shop.sequences(users))


def test_the_same_examples_and_seed_give_the_same_ranker(shop: SmallShop, trained: Trained) -> None:
    again = trained_with(shop, SETTINGS)
    assert again.ranker.version == trained.ranker.version
    assert (again.towers, again.network) == (trained.towers, trained.network)


def test_another_seed_gives_another_ranker(shop: SmallShop, trained: Trained) -> None:
    other = trained_with(shop, replace(SETTINGS, seed=1))
    assert other.ranker.version != trained.ranker.version


def test_the_network_learns_from_before_the_labels_and_what_serves_has_seen_everything(
    shop: SmallShop,
) -> None:
    examples = [shop.example(seed) for seed in range(100)]
    short = replace(
        SETTINGS, fit=FitSettings(epochs=1), encoder=replace(SETTINGS.encoder, fit=FitSettings(epochs=1))
    )
    early, late = (train(examples, past(shop, 40), past(shop, users), short).ranker for users in (40, 100))
    one, other = early.stage.network.state_dict(), late.stage.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    seen = past(shop, 100).sequences.objects
    assert late.towers.encoders["ids"].item_ids == [shop.snapshot.objects.ids[row] for row in np.unique(seen)]
    assert len(early.towers.encoders["ids"].item_ids) < len(late.towers.encoders["ids"].item_ids)


def test_intents_win_where_only_intents_can(shop: SmallShop, trained: Trained) -> None:
    control = trained_with(shop, SETTINGS.without_intents())
    result = evaluate(
        {"air": trained.ranker, "without": control.ranker},
        [shop.example(seed) for seed in range(5000, 5100)],
        shop.snapshot,
        Candidates(shop.snapshot),
        EvaluationSettings(resamples=200),
    )
    assert result["differences"]["without"]["hr10"]["low"] > 0.05


def test_a_shop_without_categories_or_content_can_be_trained_served_and_explained(shop: SmallShop) -> None:
    """As an export of orders alone is: no node at all."""
    bare = without_nodes(shop.snapshot)
    past_orders = [
        example._replace(history=shop.history(seed, objects=240))
        for seed in range(100)
        for example in [shop.example(seed)]
    ]
    view = TrainingView(bare, shop.sequences(60))
    ranker = train(past_orders, view, view, SETTINGS).ranker
    example = past_orders[0]
    candidates = Candidates(bare).propose(example.history, example.now)
    ranking = ranker.rank(history=example.history, candidates=candidates, now=example.now)
    best = np.argsort(-ranking.scores)[:10]
    causes = {
        reason.cause for reason in PageExplainer(bare).explain(example.history, ranking, candidates, best)
    }
    assert np.isfinite(ranking.scores).all()
    assert np.ptp(ranking.scores) > 0
    assert Cause.INTENTS not in causes
    assert causes - {Cause.REMAINING}


def without_nodes(snapshot: Snapshot) -> Snapshot:
    count = len(snapshot.objects.ids)
    nodes = Nodes(
        [],
        np.empty(0, np.int32),
        np.empty(0, np.int8),
        np.empty(0, np.int8),
        snapshot.nodes.embeddings[:0],
    )
    paths = ObjectPaths(
        np.zeros(count + 1, np.int64), np.empty((0, MAX_DEPTH), np.int32), np.empty(0, np.float32)
    )
    objects = snapshot.objects._replace(leaves=np.full(count, NO_NODE, np.int32))
    texts = Texts.of(objects.embeddings, nodes.embeddings, dimensions=SHORTENED)
    return replace(snapshot, nodes=nodes, objects=objects, texts=texts, paths=paths)


def test_a_killed_training_goes_on_to_the_same_ranker(
    shop: SmallShop, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "fit_second_stage", killed)
        with pytest.raises(KeyboardInterrupt):
            trained_with(shop, SETTINGS, checkpoints=tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        f"{name}_tower_before_the_labels.safetensors" for name in sorted(TOWERS)
    ]
    assert trained_with(shop, SETTINGS, checkpoints=tmp_path).ranker.version == trained.ranker.version


def test_clicks_teach_what_is_wanted_and_orders_what_is_ordered(shop: SmallShop) -> None:
    """Everybody clicks cheap products and orders dear ones: the two heads must disagree about a price."""
    prices = np.array(shop.snapshot.objects.prices)
    dear = prices > np.nanmedian(prices)
    rng = np.random.default_rng(0)
    examples = []
    for seed in range(300):
        ordered = seed % 3 == 0
        pool = np.flatnonzero(dear[:240] == ordered)
        target = int(rng.choice(pool))
        examples.append(shop.example(seed)._replace(target=target, ordered=ordered, weight=1.0))
    ranker = train(examples, past(shop, 50), past(shop, 50), SETTINGS).ranker
    inputs = ranker.inputs(history=shop.history(1), candidates=shop.snapshot.products, now=shop.now)
    scores = ranker.compiled.network(inputs)
    conversion = scores.order - scores.click
    assert conversion[dear[:240]].mean() > conversion[~dear[:240]].mean() + 0.3


def test_too_few_examples_are_refused(shop: SmallShop) -> None:
    with pytest.raises(AirloomError, match="3 examples are too few"):
        train([shop.example(seed) for seed in range(3)], past(shop, 3), past(shop, 3), SETTINGS)
