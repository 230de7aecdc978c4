"""Which settings a run takes: those of the command line, of the environment, of the home, or the default."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from pipelines.experiment_file import experiment_of
from pipelines.home import Home
from pipelines.recipe_file import read_recipe
from pipelines.recipes import RECIPES, Recipe, recipe_named


def recipe_of(home: Home, option: str = "", *, experiment: Path | None = None) -> Recipe:
    """Return the recipe of a run over a home, with the home's experiment.

    Args:
        home: Its `recipe.yaml` counts where no option is given.
        option: The name of a recipe, or a recipe file.
        experiment: A file that takes precedence over `AIRLOOM_EXPERIMENT` and the home's.

    Raises:
        AirloomError: There is no such recipe, or a file is not valid.
    """
    if option and home.recipe.exists():
        print(f"{home.recipe} is not used: --recipe is {option}", file=sys.stderr)
    recipe = chosen_recipe(option or (str(home.recipe) if home.recipe.exists() else ""))
    return replace(recipe, readout=experiment_of(home, recipe.readout, experiment))


def chosen_recipe(option: str) -> Recipe:
    """Return the recipe that an option names: a name, a file, or nothing for the default.

    Raises:
        AirloomError: There is no such recipe, or its file is not valid.
    """
    if option and option not in RECIPES and Path(option).suffix in {".yaml", ".yml", ".json"}:
        return read_recipe(Path(option))
    return recipe_named(option or "default")
