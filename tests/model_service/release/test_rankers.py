from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment, Variant
from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.settings import RankerSettings
from airloom.ranking.snapshot import Neighbors, Snapshot
from model_service.engine.loaded_release import tree_settings
from model_service.release import rankers as models
from model_service.release.rankers import ModelVersion, load_rankers, resolve_aliases
from tests.model_service.shop import NOON

DAY = 86_400


def experiment(*rankers: str) -> Experiment:
    variants = tuple(Variant(f"v{n}", 1 / len(rankers), ranker) for n, ranker in enumerate(rankers))
    return Experiment("e", variants, salt="", control="v0")


def load(experiment: Experiment, snapshot: Snapshot, *, mlflow_uri: str) -> dict[str, Ranker]:
    resolved = resolve_aliases(experiment, mlflow_uri=mlflow_uri)
    return load_rankers(experiment, resolved, snapshot, mlflow_uri=mlflow_uri)


def with_half_life(settings: RankerSettings, days: float) -> RankerSettings:
    return replace(settings, inputs=replace(settings.inputs, tree=EventWeightSettings(half_life_days=days)))


def test_built_in_rankers_need_no_registry(snapshot: Snapshot) -> None:
    rankers = load(experiment("item_cf", "popularity"), snapshot, mlflow_uri="sqlite:///nowhere.db")
    assert isinstance(rankers["v0"], ItemCfRanker)
    assert isinstance(rankers["v1"], PopularityRanker)
    assert not Path("nowhere.db").exists()


def test_air_is_the_champion_of_the_registry(registry: str, snapshot: Snapshot, ranker: AirRanker) -> None:
    rankers = load(experiment("air", "models:/airloom-ranker@champion"), snapshot, mlflow_uri=registry)
    assert rankers["v0"].version == rankers["v1"].version == ranker.version


@pytest.mark.parametrize(("half_life", "first"), [(4.0, "cat bed"), (365.0, "blender")])
def test_item_cf_forgets_as_fast_as_the_air_beside_it(
    snapshot: Snapshot, ranker: AirRanker, monkeypatch: pytest.MonkeyPatch, half_life: float, first: str
) -> None:
    """Two smoothies forty days ago, one cat yesterday, and a product that goes with each."""
    air = AirRanker(ranker.stage, ranker.towers, with_half_life(ranker.settings, half_life), snapshot)
    monkeypatch.setattr(models, "_resolve", lambda *_: ModelVersion("airloom-ranker", "1"))
    monkeypatch.setattr(models, "_load", lambda *_: air)
    row = snapshot.index
    products = {"blender": row["blender-03"], "cat bed": row["商品-猫窝-03🛏"]}
    offsets = np.zeros(len(row) + 1, np.int64)
    offsets[row["video-smoothie"] + 1 :] += 1
    offsets[row["视频-猫"] + 1 :] += 1
    goes_with = Neighbors(offsets, np.array(list(products.values()), np.int32), np.ones(2, np.float32))
    rankers = load(experiment("item_cf", "air"), replace(snapshot, neighbors=goes_with), mlflow_uri="")
    past = snapshot.history(
        ["video-smoothie", "video-smoothie", "视频-猫"],
        ["like"] * 3,
        [NOON - 40 * DAY - 1, NOON - 40 * DAY, NOON - DAY],
    )
    given = goes_with.objects
    scores = rankers["v0"].rank(history=past, candidates=given, now=NOON).scores
    assert given[np.argmax(scores)] == products[first]


def test_without_air_events_are_weighed_as_by_default(snapshot: Snapshot) -> None:
    assert tree_settings([PopularityRanker(snapshot)]) == EventWeightSettings()


def test_variants_with_the_same_ranker_share_it(snapshot: Snapshot) -> None:
    rankers = load(experiment("item_cf", "item_cf"), snapshot, mlflow_uri="")
    assert rankers["v0"] is rankers["v1"]


def test_a_missing_alias_is_named(registry: str, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match=r"airloom-ranker with the alias challenger.*airloom run training"):
        load(experiment("models:/airloom-ranker@challenger"), snapshot, mlflow_uri=registry)


def test_a_missing_model_is_named(registry: str, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match="nothing with the alias champion"):
        load(experiment("models:/nothing@champion"), snapshot, mlflow_uri=registry)


def test_a_missing_registry_is_named_and_not_created(tmp_path: Path, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match="no model registry at"):
        load(experiment("air"), snapshot, mlflow_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["aire", "models:/airloom-ranker/3", "models:/a/b@c", "runs:/1/model"])
def test_a_name_that_is_no_ranker_is_refused_with_those_that_are(name: str, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match=f"'{name}' names no ranker.*item_cf, popularity"):
        load(experiment(name), snapshot, mlflow_uri="")


def test_a_model_for_another_encoder_is_refused(registry: str, snapshot: Snapshot) -> None:
    other = replace(
        snapshot, objects=snapshot.objects._replace(embeddings=snapshot.objects.embeddings[:, :8])
    )
    with pytest.raises(AirloomError, match="text embeddings of 16 numbers, the snapshot has 8"):
        load(experiment("air"), other, mlflow_uri=registry)


def test_a_registry_that_is_away_is_said_at_once_and_always_in_the_same_words() -> None:
    def why() -> str:
        with pytest.raises(AirloomError, match=r"registry http://127\.0\.0\.1:1 cannot give") as caught:
            resolve_aliases(experiment("air"), mlflow_uri="http://127.0.0.1:1")
        return str(caught.value)

    began = time.monotonic()
    assert why() == why()
    assert time.monotonic() - began < 30  # MLflow by itself takes four minutes
