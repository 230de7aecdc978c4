from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.experiments.experiment_file import experiment_text
from pipelines.experiment_file import AIR_AGAINST_ITEM_CF
from pipelines.home import Home
from pipelines.run_settings import chosen_recipe, recipe_of


def test_a_home_without_files_takes_the_default(tmp_path: Path) -> None:
    assert recipe_of(Home.at(tmp_path)) == chosen_recipe("")


def test_the_homes_recipe_counts_unless_an_option_names_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home.at(tmp_path)
    home.recipe.write_text("shards: 5\n", encoding="utf-8")
    other = tmp_path / "other.yaml"
    other.write_text("shards: 7\n", encoding="utf-8")
    assert recipe_of(home).shards == 5
    assert capsys.readouterr().err == ""
    assert recipe_of(home, "sample-world").shards == 1
    assert recipe_of(home, str(other)).shards == 7
    assert f"{home.recipe} is not used: --recipe is sample-world" in capsys.readouterr().err


def test_the_experiment_of_the_home_is_reported_whatever_the_recipe(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    own = replace(AIR_AGAINST_ITEM_CF, experiment=replace(AIR_AGAINST_ITEM_CF.experiment, salt="own"))
    home.experiment.write_text(experiment_text(own), encoding="utf-8")
    assert recipe_of(home).readout == own
    assert recipe_of(home, "amazon-content2commerce").readout == own


def test_a_recipe_that_is_neither_a_name_nor_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="no recipe soup"):
        recipe_of(Home.at(tmp_path), "soup")
    with pytest.raises(AirloomError, match=r"soup\.yaml cannot be read"):
        recipe_of(Home.at(tmp_path), "soup.yaml")
