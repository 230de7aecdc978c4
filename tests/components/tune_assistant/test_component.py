"""The step fine-tunes a tiny model, records it in a real MLflow and registers what passes the gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from airloom.assistant.rft import tuning
from airloom.assistant.rft.gate import BASE, TuningGate
from airloom.assistant.rft.policy import load_policy
from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from airloom.ranking.evaluation.intervals import Estimate
from components.register_model.registry import champion
from components.train_ranker.experiment_name import EXPERIMENT
from components.train_ranker.tracking import open_client
from components.tune_assistant import run as step
from components.tune_assistant.component import tune_assistant
from components.tune_assistant.run import TRAININGS
from components.tune_assistant.settings import AssistantTuningSettings
from tests.airloom.assistant.rft.tiny_model import write_tiny_model
from tests.components.small_assistant_lake import DAY, FAST, write_assistant_lake
from tests.components.small_training import ArtifactDouble
from tests.feature_repo.small_lake import HashEncoder

NAME = AssistantTuningSettings().model_name
PASSES = TuningGate({BASE: Estimate(0.5, 0.4, 0.6)}, shown=True)


class TuningShop(NamedTuple):
    """A lake, a model to fine-tune and an empty MLflow."""

    lake: Lake
    base_model: Path
    mlflow_uri: str
    folder: Path


class Done(NamedTuple):
    """What the step left behind."""

    version: str
    model: Path
    metrics: dict[str, float]
    verdict: str


@pytest.fixture(autouse=True, scope="module")
def encoder_double() -> Iterator[None]:
    """Reading the encoder's weights would take longer than all that is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, "SentenceEncoder", HashEncoder)
        yield


def write_shop(folder: Path) -> TuningShop:
    base = write_tiny_model(folder / "base")
    lake = write_assistant_lake(folder / "lake")
    return TuningShop(lake, base, f"sqlite:///{folder}/mlflow/mlflow.db", folder)


@pytest.fixture
def shop(tmp_path: Path) -> TuningShop:
    """One for each test, since a registry remembers."""
    return write_shop(tmp_path)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[TuningShop, Done]:
    """The step with an untaught model."""
    shop = write_shop(tmp_path_factory.mktemp("refused"))
    return shop, run(shop)


def run(shop: TuningShop, *, name: str = "first", **settings: Any) -> Done:
    """The step, as Kubeflow calls it."""
    chosen = {"base_model": str(shop.base_model), "requests": 4.0, "held_out": 6.0, "fine_tuning": FAST}
    model, verdict = ArtifactDouble(shop.folder / name), ArtifactDouble(shop.folder / f"{name}.md")
    metrics = ArtifactDouble(shop.folder / "metrics")
    outputs = tune_assistant.python_func(
        lake=str(shop.lake.root),
        day=str(DAY),
        settings=chosen | settings,
        mlflow_uri=shop.mlflow_uri,
        model=model,
        metrics=metrics,
        verdict=verdict,
    )
    text = Path(verdict.path).read_text(encoding="utf-8")
    return Done(outputs.version, Path(model.path), metrics.logged, text)


def the_run(shop: TuningShop) -> Any:
    """The only run of MLflow."""
    client = open_client(shop.mlflow_uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    [only] = client.search_runs([experiment.experiment_id])
    return only


def suffixes(folder: Path) -> set[str]:
    return {file.suffix for file in folder.rglob("*") if file.is_file()}


def test_a_model_that_beats_nothing_is_recorded_and_not_registered(refused: tuple[TuningShop, Done]) -> None:
    shop, done = refused
    client = open_client(shop.mlflow_uri)

    assert done.version == ""
    assert "it stays out" in done.verdict
    assert client.search_registered_models() == []
    recorded = the_run(shop)
    assert recorded.info.status == "FINISHED"
    assert recorded.data.tags["verdict"] == done.verdict
    assert recorded.data.metrics["ndcg10_rules"] == done.metrics["ndcg10_rules"]
    assert {file.path for file in client.list_artifacts(recorded.info.run_id)} == {"report.json", "updates"}
    assert not (done.model / "model").exists()
    assert suffixes(done.model / "updates") == {".json", ".md", ".safetensors"}


def test_the_run_has_rewards_by_epoch_settings_and_what_it_was_made_from(
    refused: tuple[TuningShop, Done],
) -> None:
    shop, done = refused
    client = open_client(shop.mlflow_uri)

    recorded, report = the_run(shop), json.loads((done.model / "report.json").read_text(encoding="utf-8"))
    history = client.get_metric_history(recorded.info.run_id, "reward")
    assert [(metric.step, metric.value) for metric in history] == [
        (epoch["epoch"], epoch["reward"]) for epoch in report["epochs"]
    ]
    assert len(history) == 2
    assert recorded.data.params["fine_tuning.reinforcement.group_size"] == "2"
    assert recorded.data.tags["base_model"] == report["versions"]["base_model"]
    assert recorded.data.tags["model_version"] == report["versions"]["updates"]
    assert (shop.lake.path("snapshots") / recorded.data.tags["snapshot"]).is_dir()


def test_a_model_that_passes_becomes_the_champion_once_and_without_pickle(
    shop: TuningShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "tuning_gate", lambda *_: PASSES)

    done, again, client = run(shop), run(shop, name="again"), open_client(shop.mlflow_uri)

    assert again.version == done.version
    files = [
        [file.read_bytes() for file in sorted(own.model.rglob("*.safetensors"))] for own in (done, again)
    ]
    assert files[0] == files[1]
    assert list(shop.lake.path(*TRAININGS).iterdir()) == []

    served = champion(client, NAME)
    assert served is not None
    assert str(served.version) == done.version == "1"
    assert served.tags["base_model"] == the_run(shop).data.tags["base_model"]
    assert served.tags["lead_model_before_low"] == "0.4000"
    stored = Path(served.source.removeprefix("file://"))
    assert suffixes(stored) == {".json", ".jinja", ".safetensors"}
    assert load_policy(stored).model.config.model_type == "llama"


@pytest.mark.parametrize("base_model", ["", "/no/such/model"])
def test_no_model_to_fine_tune_is_one_sentence(shop: TuningShop, base_model: str) -> None:
    with pytest.raises(AirloomError, match=r"no model .* Set assistant_tuning\.base_model"):
        run(shop, base_model=base_model)
