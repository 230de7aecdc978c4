from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment, Variant
from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.snapshot import Snapshot
from model_service.models import load_rankers


def experiment(*rankers: str) -> Experiment:
    variants = tuple(Variant(f"v{n}", 1 / len(rankers), ranker) for n, ranker in enumerate(rankers))
    return Experiment("e", variants, salt="", control="v0")


def test_built_in_rankers_need_no_registry(snapshot: Snapshot) -> None:
    rankers = load_rankers(experiment("item_cf", "popularity"), snapshot, mlflow_uri="sqlite:///nowhere.db")
    assert isinstance(rankers["v0"], ItemCfRanker)
    assert isinstance(rankers["v1"], PopularityRanker)
    assert not Path("nowhere.db").exists()


def test_air_is_the_champion_of_the_registry(registry: str, snapshot: Snapshot, ranker: AirRanker) -> None:
    rankers = load_rankers(
        experiment("air", "models:/airloom-ranker@champion"), snapshot, mlflow_uri=registry
    )
    assert rankers["v0"].version == rankers["v1"].version == ranker.version


def test_variants_with_the_same_ranker_share_it(snapshot: Snapshot) -> None:
    rankers = load_rankers(experiment("item_cf", "item_cf"), snapshot, mlflow_uri="")
    assert rankers["v0"] is rankers["v1"]


def test_a_missing_alias_is_named(registry: str, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match=r"airloom-ranker with the alias challenger.*airloom run training"):
        load_rankers(experiment("models:/airloom-ranker@challenger"), snapshot, mlflow_uri=registry)


def test_a_missing_model_is_named(registry: str, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match="nothing with the alias champion"):
        load_rankers(experiment("models:/nothing@champion"), snapshot, mlflow_uri=registry)


def test_a_missing_registry_is_named_and_not_created(tmp_path: Path, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match="no model registry at"):
        load_rankers(experiment("air"), snapshot, mlflow_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["aire", "models:/airloom-ranker/3", "models:/a/b@c", "runs:/1/model"])
def test_a_name_that_is_no_ranker_is_refused_with_those_that_are(name: str, snapshot: Snapshot) -> None:
    with pytest.raises(AirloomError, match=f"'{name}' names no ranker.*item_cf, popularity"):
        load_rankers(experiment(name), snapshot, mlflow_uri="")


def test_a_model_for_another_encoder_is_refused(registry: str, snapshot: Snapshot) -> None:
    other = replace(
        snapshot, objects=snapshot.objects._replace(embeddings=snapshot.objects.embeddings[:, :8])
    )
    with pytest.raises(AirloomError, match="text embeddings of 16 numbers, the snapshot has 8"):
        load_rankers(experiment("air"), other, mlflow_uri=registry)
