from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from airloom.logs.lake import Lake
from airloom.ranking.air import AirRanker
from airloom.ranking.training.training_view import TrainingView
from components.build_training_set.dataset import read_snapshot, read_window
from components.train_ranker.choice import CHOICE, WITH_INTENTS
from components.train_ranker.experiment_name import EXPERIMENT
from components.train_ranker.tracking import open_client, open_experiment
from components.train_ranker.training_run import CHECKPOINTS
from tests.components.small_training import ArtifactDouble, TrainingChain, run_training


def test_a_ranker_and_its_control_can_be_read_back(chain: TrainingChain) -> None:
    snapshot = read_window(Path(chain.dataset.path), "train", lake=chain.lake).snapshot
    air = AirRanker.load(Path(chain.model.path, "ranker"), snapshot)
    control = AirRanker.load(Path(chain.model.path, "without_intents"), snapshot)
    chosen = json.loads(Path(chain.model.path, CHOICE).read_text())["chosen"]
    assert air.settings.inputs.use_intents == (chosen == WITH_INTENTS)
    assert not control.settings.inputs.use_intents
    assert air.settings.network == control.settings.network


def test_what_serves_has_seen_the_days_of_the_labels(chain: TrainingChain) -> None:
    snapshot = read_snapshot(Path(chain.dataset.path), "evaluation", lake=chain.lake)
    past = TrainingView.read(Lake(chain.lake), snapshot, days=365)
    air = AirRanker.load(Path(chain.model.path, "ranker"), past.snapshot)
    touched = np.unique(past.sequences.objects).tolist()
    assert list(air.towers.encoders["ids"].item_ids) == [past.snapshot.objects.ids[row] for row in touched]
    assert (
        past.sequences.timestamps.max()
        > read_window(Path(chain.dataset.path), "train", lake=chain.lake).snapshot.before
    )


def test_the_run_records_settings_curves_and_versions(chain: TrainingChain) -> None:
    run = open_client(chain.mlflow_uri).get_run(chain.run_id)
    manifest = json.loads(Path(chain.dataset.path, "dataset.json").read_text())
    assert run.info.status == "FINISHED"
    assert run.data.params["fit.epochs"] == "2"
    assert run.data.params["ranker.inputs.tree.half_life_days"] == "4.0"
    assert run.data.tags["training_snapshot"] == manifest["train"]["snapshot"]
    assert run.data.tags["version_encoder"] == "hash"
    history = open_client(chain.mlflow_uri).get_metric_history(chain.run_id, "with_intents_held_out_error")
    assert [metric.step for metric in history] == [0, 1]


def test_a_finished_training_leaves_no_checkpoint(chain: TrainingChain) -> None:
    folder = Path(chain.lake, *CHECKPOINTS)
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_the_experiment_is_made_once_beside_the_database(chain: TrainingChain) -> None:
    client = open_client(chain.mlflow_uri)
    assert open_experiment(client, chain.mlflow_uri) == open_experiment(client, chain.mlflow_uri)
    artifact_location = client.get_experiment_by_name(EXPERIMENT).artifact_location
    assert artifact_location == (Path(chain.lake).parent / "mlflow" / "artifacts").as_uri()


def test_a_training_that_is_repeated_is_recorded_once(chain: TrainingChain, tmp_path: Path) -> None:
    """A step that was killed after it had recorded the training is run again."""
    again = run_training(
        chain.lake,
        chain.dataset,
        chain.generators,
        mlflow_uri=chain.mlflow_uri,
        model=ArtifactDouble(tmp_path / "model"),
    )

    assert again == chain.run_id
    client = open_client(chain.mlflow_uri)
    assert len(client.search_runs([open_experiment(client, chain.mlflow_uri)])) == 1
