from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from airloom.errors import AirloomError
from airloom.ranking.air import CONFIG, FOREST, AirRanker
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranker
from airloom.ranking.settings import TOWERS, RankerSettings
from tests.airloom.ranking.small_shop import TEXT, SmallShop, untrained

CANDIDATES = np.arange(100, dtype=np.int32)


@pytest.fixture
def ranker(shop: SmallShop) -> AirRanker:
    return untrained(shop.snapshot)


def test_a_stored_ranker_scores_the_same(shop: SmallShop, ranker: AirRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "ranker")
    read = AirRanker.load(tmp_path / "ranker", shop.snapshot)
    assert read.version == ranker.version
    for seed in range(5):
        history = shop.history(seed)
        before = ranker.rank(history=history, candidates=CANDIDATES, now=shop.now)
        after = read.rank(history=history, candidates=CANDIDATES, now=shop.now)
        np.testing.assert_allclose(after.scores, before.scores, atol=1e-6)


def test_saving_twice_gives_the_same_bytes(ranker: AirRanker, tmp_path: Path) -> None:
    for name in ("a", "b"):
        ranker.save(tmp_path / name)
    for file in files_in(tmp_path / "a"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_nothing_is_pickled(ranker: AirRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "ranker")
    of_towers = [
        f"towers/{name}/{file}"
        for name in sorted(TOWERS)
        for file in ("encoder.safetensors", "encoder_objects.arrow")
    ]
    assert files_in(tmp_path / "ranker") == [
        "config.json",
        "forest.safetensors",
        *of_towers,
        "weights.safetensors",
    ]


def files_in(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_other_weights_are_another_version(shop: SmallShop, ranker: AirRanker) -> None:
    other = untrained(shop.snapshot, seed=1)
    assert other.version != ranker.version


def test_price_counts_as_much_as_the_settings_say(shop: SmallShop) -> None:
    """With value 1 a score is log(probability * price); a missing price counts as the mean."""
    prices = np.array(shop.snapshot.objects.prices)
    prices[5] = np.nan
    snapshot = replace(shop.snapshot, objects=shop.snapshot.objects._replace(prices=prices))
    by_probability, by_value = (
        untrained(snapshot, settings=RankerSettings(price_exponent=exponent)) for exponent in (0.0, 1.0)
    )
    log_probabilities, values = (
        ranker.rank(history=shop.history(2), candidates=CANDIDATES, now=shop.now).scores
        for ranker in (by_probability, by_value)
    )
    added = np.log(prices[CANDIDATES])
    added[5] = np.nanmean(added)
    np.testing.assert_allclose(values - log_probabilities, added, atol=1e-4)
    assert by_probability.version != by_value.version


def test_chains_and_evidence_say_why(shop: SmallShop, ranker: AirRanker) -> None:
    history = shop.history(4)
    one: Ranker = ranker
    ranking = one.rank(history=history, candidates=CANDIDATES, now=shop.now)
    for chains, evidence in zip(ranking.nodes, ranking.evidence, strict=True):
        spoken = {
            int(node)
            for event in evidence[evidence >= 0]
            for node in shop.snapshot.paths.nodes[history.objects[event]]
        }
        assert spoken & set(chains[chains >= 0].tolist())


def test_it_scores_somebody_unknown_and_no_candidates(shop: SmallShop, ranker: AirRanker) -> None:
    unknown = ranker.rank(history=UserHistory.empty(), candidates=CANDIDATES, now=shop.now)
    assert np.isfinite(unknown.scores).all()
    nothing = ranker.rank(history=shop.history(1), candidates=CANDIDATES[:0], now=shop.now)
    assert nothing.scores.shape == (0,)


@pytest.mark.parametrize("broken", ["", "{"])
def test_a_folder_that_holds_no_ranker_is_named(shop: SmallShop, tmp_path: Path, broken: str) -> None:
    if broken:
        (tmp_path / CONFIG).write_text(broken)
    with pytest.raises(AirloomError, match="is not a stored ranker"):
        AirRanker.load(tmp_path, shop.snapshot)


@pytest.mark.parametrize("key", ["features", "settings", "text_dimensions", None])
def test_a_config_that_lacks_something_is_one_sentence(
    shop: SmallShop, ranker: AirRanker, tmp_path: Path, key: str | None
) -> None:
    ranker.save(tmp_path / "ranker")
    file = tmp_path / "ranker" / CONFIG
    config = json.loads(file.read_text())
    file.write_text(json.dumps({name: config[name] for name in config if name != key} if key else []))
    with pytest.raises(AirloomError, match="is not a stored ranker"):
        AirRanker.load(tmp_path / "ranker", shop.snapshot)


@pytest.mark.parametrize(
    "weights",
    [
        {"network": -1.0},
        {"network": float("nan")},
        {"forest": float("inf")},
        {"texts": "much"},
        {"texts": None},
        {"trees": 1.0},
    ],
)
def test_weights_of_the_stack_that_are_none_are_one_sentence(
    shop: SmallShop, ranker: AirRanker, tmp_path: Path, weights: dict[str, object]
) -> None:
    ranker.save(tmp_path / "ranker")
    file = tmp_path / "ranker" / CONFIG
    config = json.loads(file.read_text())
    config["stack_weights"] |= weights
    file.write_text(json.dumps(config))
    with pytest.raises(AirloomError, match="is not a stored ranker"):
        AirRanker.load(tmp_path / "ranker", shop.snapshot)


def test_a_forest_that_is_damaged_is_one_sentence(shop: SmallShop, ranker: AirRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "ranker")
    forest = ranker.stage.forest
    damaged = forest._replace(children=np.full_like(forest.children, 10_000))
    save_file(damaged._asdict(), tmp_path / "ranker" / FOREST)
    with pytest.raises(AirloomError, match="is not a stored ranker"):
        AirRanker.load(tmp_path / "ranker", shop.snapshot)


def test_weights_of_other_shapes_are_one_sentence(shop: SmallShop, ranker: AirRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "ranker")
    file = tmp_path / "ranker" / CONFIG
    config = json.loads(file.read_text()) | {"text_dimensions": 2 * TEXT}
    file.write_text(json.dumps(config))
    with pytest.raises(AirloomError, match=r"is not a stored ranker.*airloom run training"):
        AirRanker.load(tmp_path / "ranker", shop.snapshot)


def test_texts_of_another_size_are_refused(shop: SmallShop, ranker: AirRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path / "ranker")
    objects = shop.snapshot.objects
    longer = objects._replace(embeddings=np.zeros((len(objects.ids), 2 * TEXT), np.float32))
    with pytest.raises(AirloomError, match="16 numbers, the snapshot has 32"):
        AirRanker.load(tmp_path / "ranker", replace(shop.snapshot, objects=longer))
