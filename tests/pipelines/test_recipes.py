from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from airloom.errors import AirloomError
from airloom.experiments.readout import AnalysisSettings
from airloom.ranking.training.settings import TrainingSettings
from airloom.settings import parse
from components.build_training_set.settings import TrainingSetSettings
from components.tune_assistant.settings import AssistantTuningSettings
from feature_repo.snapshot_settings import SnapshotSettings
from pipelines.assistant_tuning import assistant_tuning_pipeline
from pipelines.daily import daily_pipeline
from pipelines.home import Home
from pipelines.recipes import RECIPES, Recipe, recipe_named
from pipelines.training import training_pipeline


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_gives_every_parameter_of_the_pipelines(name: str, tmp_path: Path) -> None:
    recipe, home = recipe_named(name), Home.at(tmp_path)
    daily = inspect.signature(daily_pipeline().pipeline_func).parameters
    training = inspect.signature(training_pipeline().pipeline_func).parameters
    assert set(recipe.daily_arguments(home)) == set(daily) - {"day"}
    assert set(recipe.training_arguments(home)) == set(training) - {"day"}
    tuning = inspect.signature(assistant_tuning_pipeline().pipeline_func).parameters
    assert {*recipe.assistant_tuning_settings(), "lake", "mlflow_uri"} == set(tuning) - {"day"}


@pytest.mark.parametrize("name", RECIPES)
def test_settings_survive_the_way_through_kubeflow(name: str) -> None:
    """Kubeflow passes dictionaries as protobuf structs: no null, and every number a float."""
    recipe = recipe_named(name)
    arguments = recipe.daily_settings() | recipe.assistant_tuning_settings()
    struct = Struct()
    struct.update(json.loads(json.dumps(arguments)))
    passed = MessageToDict(struct)

    assert parse(TrainingSettings, passed["training"]) == recipe.training
    assert parse(AnalysisSettings, passed["experiment"]) == recipe.readout
    assert parse(AssistantTuningSettings, passed["assistant_tuning"]) == recipe.assistant_tuning
    assert parse(TrainingSetSettings, passed["training_set"]).snapshot == recipe.snapshot


def test_snapshot_settings_of_the_training_set_are_refused() -> None:
    settings = TrainingSetSettings(snapshot=SnapshotSettings(retired_days=7))
    with pytest.raises(AirloomError, match=r"Recipe own sets training_set\.snapshot.*Set `snapshot`"):
        Recipe("own", training_set=settings)


def test_an_unknown_recipe_is_answered_with_the_known_ones() -> None:
    with pytest.raises(AirloomError, match=r"no recipe tomorrow.*default, sample-world"):
        recipe_named("tomorrow")
