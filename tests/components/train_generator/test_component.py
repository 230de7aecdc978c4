from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from airloom.beyond_log.generator import BehaviorGenerator
from airloom.files import write_text
from airloom.ranking.air import AirRanker
from components.build_training_set.dataset import read_window
from components.infer_behaviors.champion import champion_generator
from components.register_model.registry import champion
from components.train_generator.settings import BeyondLogSettings
from components.train_generator.train import CHECKPOINTS, MEASUREMENT
from components.train_ranker.behaviors import with_behaviors
from components.train_ranker.component import train_ranker
from components.train_ranker.tracking import open_client
from tests.components.small_generators import SmallGenerators, run_generators
from tests.components.small_training import TRAINING, ArtifactDouble, TrainingChain

NAME = BeyondLogSettings().model_name


def registry(made: SmallGenerators) -> str:
    return f"sqlite:///{Path(made.generators.path).parent}/mlflow/mlflow.db"


def test_what_is_not_enabled_trains_and_registers_nothing(chain: TrainingChain, tmp_path: Path) -> None:
    made = run_generators(chain, tmp_path, settings={})
    assert not made.passed
    assert Path(made.generators.path).is_file()
    assert not (tmp_path / "mlflow").exists()


def test_both_generators_are_stored_without_pickle(small_generators: SmallGenerators) -> None:
    folder = Path(small_generators.generators.path)
    before, now = (BehaviorGenerator.load(folder / period) for period in ("before", "now"))
    assert before.version != now.version
    suffixes = {file.suffix for file in folder.rglob("*") if file.is_file()}
    assert suffixes == {".safetensors", ".arrow", ".json"}


def test_the_one_that_serves_is_registered_with_its_recall(small_generators: SmallGenerators) -> None:
    client = open_client(registry(small_generators))
    (version,) = client.search_model_versions(f"name = '{NAME}'")
    now = BehaviorGenerator.load(Path(small_generators.generators.path, "now"))
    assert version.tags["model_version"] == now.version
    measured = json.loads(Path(small_generators.generators.path, MEASUREMENT).read_text())
    assert float(version.tags["recall_generated"]) == pytest.approx(
        measured["recall"]["generated"]["mean"], abs=1e-4
    )
    assert set(measured["lead"]) == {"item_cf", "popularity_matched_random", "another_users"}
    assert small_generators.passed
    served = champion_generator(registry(small_generators), NAME)
    assert served is not None
    assert served.version == now.version


def test_one_that_does_not_pass_is_registered_and_does_not_serve(
    chain: TrainingChain, tmp_path: Path
) -> None:
    made = run_generators(chain, tmp_path, passes=False)
    client = open_client(registry(made))
    assert not made.passed
    assert len(client.search_model_versions(f"name = '{NAME}'")) == 1
    assert champion(client, NAME) is None


def test_repeated_it_registers_nothing_new(small_generators: SmallGenerators) -> None:
    folder = Path(small_generators.generators.path)
    files = {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
    run_generators(small_generators.chain, folder.parent)
    assert {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()} == files
    assert len(open_client(registry(small_generators)).search_model_versions(f"name = '{NAME}'")) == 1
    assert list(Path(small_generators.chain.lake, *CHECKPOINTS).iterdir()) == []


def test_labels_carry_what_the_generator_before_them_infers(
    small_generators: SmallGenerators, tmp_path: Path
) -> None:
    chain, folder = small_generators.chain, Path(small_generators.generators.path)
    window = read_window(Path(chain.dataset.path), "train", lake=chain.lake)
    before, now = (with_behaviors(window, folder, period) for period in ("before", "now"))
    assert any(example.history.inferred for example in before)
    pairs = [
        (a.history.inferred.products, b.history.inferred.products) for a, b in zip(before, now, strict=True)
    ]
    assert any(not np.array_equal(*pair) for pair in pairs)

    model = ArtifactDouble(tmp_path / "model")
    train_ranker.python_func(
        lake=chain.lake,
        dataset=chain.dataset,
        generators=small_generators.generators,
        settings=TRAINING,
        mlflow_uri=f"sqlite:///{tmp_path}/mlflow.db",
        model=model,
        metrics=ArtifactDouble(tmp_path / "metrics"),
    )
    ranker = AirRanker.load(tmp_path / "model" / "with_intents", window.snapshot)
    assert ranker.settings.inputs.use_inferred == (ranker.stage.weights.inferred > 0)


def test_a_ranker_without_generators_reads_no_behaviors(chain: TrainingChain) -> None:
    window = read_window(Path(chain.dataset.path), "train", lake=chain.lake)
    ranker = AirRanker.load(Path(chain.model.path, "ranker"), window.snapshot)
    assert not ranker.settings.inputs.use_inferred
    assert ranker.stage.weights.inferred == 0


def test_a_damaged_generator_is_named(small_generators: SmallGenerators, tmp_path: Path) -> None:
    write_text(tmp_path / "now" / "config.json", "{}")
    with pytest.raises(Exception, match="is not a stored behavior generator"):
        BehaviorGenerator.load(tmp_path / "now")
