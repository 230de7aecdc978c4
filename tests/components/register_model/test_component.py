from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pytest

from airloom.ranking.air import AirRanker
from airloom.ranking.catalogue import Catalogue
from components.build_training_set.dataset import read_window
from components.gate_ranker.component import gate_ranker
from components.register_model.component import register_model
from components.register_model.registry import CHAMPION, CONTENT, PREVIOUS, champion
from components.train_ranker.choice import choice_text
from components.train_ranker.tracking import open_client
from tests.components.small_training import ArtifactDouble, TrainingChain

NAME = "small-ranker"


def registered(
    chain: TrainingChain, model: ArtifactDouble | None = None, evaluation: ArtifactDouble | None = None
) -> str:
    return register_model.python_func(
        lake=chain.lake,
        model=model or chain.model,
        evaluation=evaluation or chain.evaluation,
        mlflow_uri=chain.mlflow_uri,
        run_id=chain.run_id,
        model_name=NAME,
    ).version


def serving(chain: TrainingChain, alias: str) -> str:
    return str(open_client(chain.mlflow_uri).get_model_version_by_alias(NAME, alias).version)


@pytest.fixture(scope="module")
def version(chain: TrainingChain) -> Iterator[str]:
    assert champion(open_client(chain.mlflow_uri), NAME) is None
    yield registered(chain)
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


@pytest.fixture(scope="module")
def downloaded(chain: TrainingChain, version: str) -> Path:
    uri = f"models:/{NAME}/{version}"
    return Path(mlflow.artifacts.download_artifacts(uri, tracking_uri=chain.mlflow_uri))


def test_the_champion_holds_the_ranker_as_it_was_saved(chain: TrainingChain, downloaded: Path) -> None:
    saved = Path(chain.model.path, "ranker")
    for file in (file for file in saved.rglob("*") if file.is_file()):
        same = downloaded / "artifacts" / "ranker" / file.relative_to(saved)
        assert same.read_bytes() == file.read_bytes()
    assert not list(downloaded.rglob("*.pkl"))


def test_the_service_and_the_registry_score_the_same(chain: TrainingChain, downloaded: Path) -> None:
    part = read_window(Path(chain.dataset.path), "evaluation", lake=chain.lake)
    ranker = AirRanker.load(downloaded / "artifacts" / "ranker", part.snapshot)
    catalogue, example = Catalogue.of(part.snapshot), part.examples[0]
    candidates = part.snapshot.products
    inputs = ranker.inputs(history=example.history, candidates=candidates, now=example.now)
    nodes, texts = catalogue.node_embeddings, catalogue.embeddings
    given = {
        "base": inputs.features,
        "candidate_texts": texts[candidates],
        "chain_texts": nodes[inputs.nodes],
        "chain_levels": np.where(inputs.nodes < 0, -1, catalogue.levels[inputs.nodes]).astype(np.int64),
        "chain_features": inputs.node_features,
        "event_texts": texts[inputs.events],
        "event_kinds": np.where(inputs.events < 0, -1, inputs.event_kinds).astype(np.int64),
        "event_features": inputs.event_features,
        "tower_scores": inputs.tower_scores,
        "inferred_scores": inputs.inferred_scores,
    }
    scores = mlflow.pyfunc.load_model(f"models:/{NAME}@{CHAMPION}").predict(given)
    served = ranker.rank(history=example.history, candidates=candidates, now=example.now).scores
    np.testing.assert_allclose(scores, served, atol=1e-5)


def test_the_version_says_what_it_is(chain: TrainingChain, version: str) -> None:
    model_version = open_client(chain.mlflow_uri).get_model_version(NAME, version)
    result = json.loads(Path(chain.evaluation.path).read_text())
    assert float(model_version.tags["served_hr10"]) == result["models"]["air"]["hr10"]
    assert model_version.description.startswith(f"# {result['model_version']}")
    assert "| item-CF |" in model_version.description
    assert choice_text(result["choice"]) in " ".join(model_version.description.split())


def test_the_same_ranker_is_registered_once(chain: TrainingChain, version: str) -> None:
    assert registered(chain) == version
    result = json.loads(Path(chain.evaluation.path).read_text())
    versions = open_client(chain.mlflow_uri).search_model_versions(f"name = '{NAME}'")
    same = [
        str(registration.version)
        for registration in versions
        if registration.tags[CONTENT] == result["model_version"]
    ]
    assert same == [version]


def test_a_new_champion_leaves_the_old_one_as_previous_and_going_back_is_moving_an_alias(
    chain: TrainingChain, version: str, tmp_path: Path
) -> None:
    """The control serves as the other ranker."""
    shutil.copytree(Path(chain.model.path, "without_intents"), tmp_path / "model" / "ranker")
    result = json.loads(Path(chain.evaluation.path).read_text())
    (tmp_path / "evaluation").write_text(json.dumps({**result, "model_version": "air-other"}))
    second = registered(chain, ArtifactDouble(tmp_path / "model"), ArtifactDouble(tmp_path / "evaluation"))
    assert second != version
    assert serving(chain, CHAMPION) == second
    assert serving(chain, PREVIOUS) == version
    assert registered(chain) == version
    assert serving(chain, CHAMPION) == version


def test_the_gate_reads_the_champions_metrics(chain: TrainingChain, version: str, tmp_path: Path) -> None:
    result = json.loads(Path(chain.evaluation.path).read_text())
    result["models"]["air"] = {"hr10": 0.0, "ndcg10": 0.0}
    (tmp_path / "evaluation").write_text(json.dumps(result))
    report = ArtifactDouble(tmp_path / "verdict")
    passed = gate_ranker.python_func(
        lake=chain.lake,
        evaluation=ArtifactDouble(tmp_path / "evaluation"),
        settings={"over": []},
        mlflow_uri=chain.mlflow_uri,
        model_name=NAME,
        verdict=report,
    )
    assert not passed
    assert f"below champion {version}" in Path(report.path).read_text()
