from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.unknown_settings import all_keys
from pipelines.recipe_file import read_recipe, recipe_text
from pipelines.recipes import RECIPES, Recipe, recipe_named


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "recipe.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", RECIPES)
def test_the_commented_file_changes_nothing_with_and_without_its_comment_signs(
    tmp_path: Path, name: str
) -> None:
    """So each comment gives a real key, at its indentation, with the value that counts without it."""
    text = recipe_text(recipe_named(name))
    assert read_recipe(written(tmp_path, text)) == recipe_named(name)
    lines = [line.replace("#", "", 1) if _is_setting(line) else line for line in text.splitlines()]
    assert read_recipe(written(tmp_path, "\n".join(lines))) == recipe_named(name)


def test_the_commented_file_has_every_setting() -> None:
    text = recipe_text(recipe_named("default"))
    keys = [
        key for key in all_keys(Recipe) if not key.startswith(("name", "readout", "training_set.snapshot"))
    ]
    names = [line.strip().lstrip("#").partition(":")[0] for line in text.splitlines() if _is_key(line)]
    assert names == ["based_on", *(key.rpartition(".")[2] for key in keys)]
    assert "  # Maximum share of a day's rows that may go to quarantine. [float]\n" in text


def _is_setting(line: str) -> bool:
    return line.lstrip().startswith("#") and not line.lstrip().startswith(("# ", "#\n")) and ":" in line


def _is_key(line: str) -> bool:
    return _is_setting(line) or (bool(line) and not line.lstrip().startswith("#"))


def test_a_file_changes_what_it_says_of_the_recipe_it_is_based_on(tmp_path: Path) -> None:
    text = "based_on: amazon-content2commerce\nshards: 3\ntraining:\n  fit: {learning_rate: 1e-3}\nrules:\n"
    base = recipe_named("amazon-content2commerce")
    fit = replace(base.training.fit, learning_rate=0.001)
    expected = replace(base, shards=3, training=replace(base.training, fit=fit))
    assert read_recipe(written(tmp_path, text)) == expected


def test_a_setting_that_may_be_none_is_given_and_taken_back(tmp_path: Path) -> None:
    assert read_recipe(written(tmp_path, "distillation: {budget_usd: 2}")).distillation.budget_usd == 2
    assert read_recipe(written(tmp_path, "distillation: {budget_usd: null}")).distillation.budget_usd is None


def test_a_former_name_is_accepted(tmp_path: Path) -> None:
    assert read_recipe(written(tmp_path, "gate: {least_lead: 0.1}")).gate.min_lead == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("traning: {batch: 1}", r"recipe\.yaml has no setting traning; the nearest is training"),
        ("training: {bacth: 1}", r"no setting training\.bacth; the nearest is training\.batch"),
        ("learning_rate: 0.1", r"no setting learning_rate; the nearest is training\.\S+\.learning_rate"),
        ("training: {batch: many}", r"recipe\.yaml is not valid \(training\.batch: .*, not 'many'\)"),
        ("training: {batch: '64'}", r"training\.batch: .*, not '64'"),
        ("training: {batch: 64.5}", r"training\.batch: .*, not 64\.5"),
        ("training: 64", r"training: "),
        ("based_on: soup", r"There is no recipe soup\. Choose one of: default"),
        ("readout: {first_day: 2026-01-01}", r"has readout, .*experiment\.yaml"),
        ("training_set: {snapshot: {keep: 3}}", r"has training_set\.snapshot, .*Set `snapshot`"),
        ("name: mine", "has name, which is not set there"),
        ("[1]", "holds no mapping"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AirloomError, match=message):
        read_recipe(written(tmp_path, text))
