"""A home that was really copied, with a real MLflow registry in it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from airloom.errors import AirloomError
from components.train_ranker.tracking import open_client, open_experiment
from pipelines.home import Home
from pipelines.moved_home import repoint_models

MODEL = "little"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose registry has one model: a file."""
    home = Home.at(tmp_path / "old home")
    home.prepare()
    client = open_client(home.mlflow_uri)
    experiment = open_experiment(client, home.mlflow_uri)
    run = client.create_run(experiment)
    client.log_text(run.info.run_id, "card", "card.md")
    logged = client.create_logged_model(experiment, source_run_id=run.info.run_id)
    weights = tmp_path / "weights.txt"
    weights.write_text("the old home's", encoding="utf-8")
    client.log_model_artifact(logged.model_id, str(weights))
    client.create_registered_model(MODEL)
    mlflow.set_tracking_uri(home.mlflow_uri)  # that is where it looks for a logged model
    version = client.create_model_version(MODEL, f"models:/{logged.model_id}", model_id=logged.model_id)
    client.set_registered_model_alias(MODEL, "champion", version.version)
    mlflow.set_tracking_uri(None)
    yield home
    mlflow.set_tracking_uri(None)


def copy_of(home: Home, folder: Path) -> Home:
    return Home.at(Path(shutil.copytree(home.root, folder)))


def served(home: Home) -> str:
    """The model as the service fetches it."""
    client = MlflowClient(tracking_uri=home.mlflow_uri, registry_uri=home.mlflow_uri)
    version = client.get_model_version_by_alias(MODEL, "champion").version
    uri = client.get_model_version_download_uri(MODEL, version)
    folder = mlflow.artifacts.download_artifacts(artifact_uri=uri, tracking_uri=home.mlflow_uri)
    return Path(folder, "weights.txt").read_text(encoding="utf-8")


def test_a_copy_reads_its_own_files_and_the_original_keeps_its_own(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_of(home, tmp_path / "copy")
    for weights in copy.root.rglob("weights.txt"):
        weights.write_text("the copy's", encoding="utf-8")
    assert served(copy) == "the old home's"
    repoint_models(copy)
    assert f"{copy.root} was copied or moved" in capsys.readouterr().err
    assert served(copy) == "the copy's"
    assert served(home) == "the old home's"
    repoint_models(copy)
    assert capsys.readouterr().err == ""


def test_after_a_move_nothing_of_the_old_folder_is_needed_or_written(home: Home, tmp_path: Path) -> None:
    copy = copy_of(home, tmp_path / "copy")
    shutil.rmtree(home.root)
    repoint_models(copy)
    client = open_client(copy.mlflow_uri)
    (before,) = client.search_runs([open_experiment(client, copy.mlflow_uri)])
    assert [file.path for file in client.list_artifacts(before.info.run_id)] == ["card.md"]
    run = client.create_run(open_experiment(client, copy.mlflow_uri))
    client.log_text(run.info.run_id, "new", "card.md")
    assert served(copy) == "the old home's"
    assert not home.root.exists()


def test_what_lies_elsewhere_on_purpose_stays(home: Home, tmp_path: Path) -> None:
    elsewhere = (tmp_path / "elsewhere" / "artifacts").as_uri()
    open_client(home.mlflow_uri).create_experiment("mine", artifact_location=elsewhere)
    copy = copy_of(home, tmp_path / "copy")
    repoint_models(copy)
    mine = open_client(copy.mlflow_uri).get_experiment_by_name("mine")
    assert mine.artifact_location == elsewhere


def test_a_home_without_a_registry_is_left_alone(tmp_path: Path) -> None:
    repoint_models(Home.at(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_a_database_that_is_locked_is_a_sentence(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copy_of(home, tmp_path / "copy")
    monkeypatch.setattr("pipelines.moved_home.LOCK_TIMEOUT_S", 0.1)
    other = sqlite3.connect(copy.root / "mlflow" / "mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(AirloomError, match="cannot be pointed to its own files"):
        repoint_models(copy)
    other.close()
