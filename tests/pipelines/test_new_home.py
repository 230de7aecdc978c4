from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from benchmarks.help_time import commands
from pipelines.cli.main import app
from pipelines.experiment_file import AIR_AGAINST_ITEM_CF, experiment_of
from pipelines.home import Home
from pipelines.new_home import make_home
from pipelines.recipes import recipe_named
from pipelines.run_settings import recipe_of


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "shop")


def test_a_new_home_has_commented_settings_an_experiment_a_converter_and_a_readme(home: Home) -> None:
    assert make_home(home) == dict.fromkeys(
        ("recipe.yaml", "experiment.yaml", "convert.py", "README.md"), True
    )
    assert sorted(path.name for path in home.root.iterdir() if path.is_file()) == [
        "README.md",
        "convert.py",
        "experiment.yaml",
        "recipe.yaml",
    ]


def test_what_it_says_changes_nothing_until_somebody_changes_it(home: Home) -> None:
    make_home(home)
    assert recipe_of(home) == recipe_named("default")
    assert experiment_of(home) == AIR_AGAINST_ITEM_CF


def test_the_experiment_of_a_new_home_has_no_first_day_before_somebody_chooses_one(home: Home) -> None:
    make_home(home)
    assert experiment_of(home).first_day is None
    assert "\n  #first_day:" in home.experiment.read_text(encoding="utf-8")


def test_files_that_are_there_are_left_as_they_are(home: Home) -> None:
    make_home(home)
    home.recipe.write_text("based_on: default\ndistillation:\n  reasoner: openai\n")
    (home.root / "experiment.yaml").rename(home.root / "experiment.json")
    assert not any(make_home(home).values())
    assert recipe_of(home).distillation.reasoner == "openai"


EVENTS_HEADER = "user_id,ts,domain,action,object_id,quantity,unit_price,currency\n"


def convert(home: Home) -> str:
    """Run the converter of a home, and return what it prints."""
    script, env = home.root / "convert.py", {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(
        [sys.executable, script], check=True, env=env, stdout=subprocess.PIPE, text=True
    ).stdout


@pytest.fixture
def converted(home: Home) -> Home:
    """Return a home whose converter ran once."""
    make_home(home)
    (home.root / "events.csv").write_text(
        f"{EVENTS_HEADER}007,2026-03-15T23:30:00-02:00,commerce,order,p1,2,19.99,EUR\n"
    )
    (home.root / "objects.csv").write_text(
        "object_id,domain,title,category_path,price,currency,first_day\n"
        "p1,commerce,Cat bed,Pets > Cats,19.99,EUR,2026-03-01\n"
    )
    convert(home)
    return home


def test_the_converter_lands_what_it_finds_beside_it(converted: Home) -> None:
    assert convert(converted) == ""
    lake = Lake(converted.lake)
    (event,) = lake.read(lake.landing(EVENTS)).to_pylist()
    (product,) = lake.read(lake.landing(OBJECTS)).to_pylist()
    assert (event["user_id"], event["quantity"], event["unit_price"]) == ("007", 2, 19.99)
    assert [str(day) for day in lake.days(lake.landing(EVENTS))] == ["2026-03-16"]
    assert product["category_path"] == ["Pets", "Cats"]


def test_the_converter_removes_days_that_a_correction_leaves_and_says_so(converted: Home) -> None:
    (converted.root / "events.csv").write_text(
        f"{EVENTS_HEADER}007,2026-03-15T23:30:00+02:00,commerce,order,p1,2,19.99,EUR\n"
    )
    assert convert(converted) == "Removed events of 2026-03-16, which an earlier run landed.\n"
    lake = Lake(converted.lake)
    assert [str(day) for day in lake.days(lake.landing(EVENTS))] == ["2026-03-15"]


def test_the_readme_names_only_commands_that_there_are(home: Home) -> None:
    make_home(home)
    known = {" ".join(words) for words in commands(get_command(app))}
    named = re.findall(
        r"^ +airloom ([a-z]+(?: [a-z]+)?) ", (home.root / "README.md").read_text(), re.MULTILINE
    )
    assert len(named) > 5
    assert {command for command in named if command not in known} == set()


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AirloomError, match="may not be written"):
        make_home(Home.at(tmp_path / "file" / "shop"))
