from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.experiments.experiment_file import experiment_text
from pipelines import launch
from pipelines.experiment_file import AIR_AGAINST_ITEM_CF, experiment_file, experiment_of, keep_experiment
from pipelines.home import Home
from pipelines.recipes import recipe_named

DAY = date(2026, 3, 2)
OWN = replace(AIR_AGAINST_ITEM_CF, experiment=replace(AIR_AGAINST_ITEM_CF.experiment, salt="own"))


def written(file: Path, salt: str) -> Path:
    experiment = replace(AIR_AGAINST_ITEM_CF.experiment, salt=salt)
    file.write_text(experiment_text(replace(AIR_AGAINST_ITEM_CF, experiment=experiment)), encoding="utf-8")
    return file


def test_an_option_wins_over_the_variable_and_that_over_the_home(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    option, variable = written(tmp_path / "option.yaml", "1"), written(tmp_path / "variable.yaml", "2")
    environment = {"AIRLOOM_EXPERIMENT": str(variable)}
    assert experiment_file(home, None, {}) is None
    own = written(tmp_path / "experiment.yaml", "3")
    assert experiment_file(home, None, {}) == own
    assert experiment_file(home, None, environment) == variable
    assert experiment_file(home, option, environment) == option


def test_what_is_named_must_exist(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    with pytest.raises(AirloomError, match=r"AIRLOOM_EXPERIMENT names the experiment file three\.yaml"):
        experiment_file(home, None, {"AIRLOOM_EXPERIMENT": "three.yaml"})
    with pytest.raises(AirloomError, match="--experiment names"):
        experiment_file(home, tmp_path / "absent.yaml", {})


def test_the_file_of_a_former_version_goes_on_and_two_are_refused(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    former = written(tmp_path / "experiment.json", "former")
    assert keep_experiment(home, OWN) == former
    assert experiment_of(home).experiment.salt == "former"
    written(tmp_path / "experiment.yaml", "new")
    with pytest.raises(AirloomError, match="has two experiments"):
        experiment_of(home)


@pytest.mark.parametrize("fails", [True, False])
def test_a_run_writes_the_experiment_once_and_only_after_it_succeeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    def run_locally(*_: object, **__: object) -> None:
        assert not home.experiment.exists()
        if fails:
            raise AirloomError("A step failed", do="Look")

    home, recipe = Home.at(tmp_path), replace(recipe_named("default"), readout=OWN)
    monkeypatch.setattr(launch, "run_locally", run_locally)
    if fails:
        with pytest.raises(AirloomError):
            launch.run_daily(home, day=DAY, recipe=recipe)
        assert not home.experiment.exists()
        return
    launch.run_daily(home, day=DAY, recipe=recipe)
    before = home.experiment.read_bytes()
    assert experiment_of(home) == OWN
    monkeypatch.setattr(launch, "run_locally", lambda *_, **__: None)
    launch.run_daily(home, day=DAY, recipe=recipe_named("sample-world"))  # the option was forgotten
    assert home.experiment.read_bytes() == before
