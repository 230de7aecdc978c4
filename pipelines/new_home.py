"""Makes a home for a platform's own logs: commented settings, an experiment, a converter and a README."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from airloom.experiments.experiment_file import experiment_text
from airloom.files import write_text
from pipelines.experiment_file import AIR_AGAINST_ITEM_CF
from pipelines.home import Home
from pipelines.recipe_file import recipe_text
from pipelines.recipes import recipe_named

COPIED: Final = ("convert.py", "README.md")


def make_home(home: Home) -> dict[str, bool]:
    """Write the files of a new home, and return which were written; one that is there is left as it is.

    Raises:
        AirloomError: The folder may not be written.
    """
    home.prepare()
    texts = {
        "recipe.yaml": recipe_text(recipe_named("default")),
        "experiment.yaml": experiment_text(AIR_AGAINST_ITEM_CF),
        **{name: files("pipelines.home_files").joinpath(name).read_text(encoding="utf-8") for name in COPIED},
    }
    written = {}
    for name, text in texts.items():
        path = home.root / name
        has_former_one = name == "experiment.yaml" and home.experiment.exists()
        written[name] = not (path.exists() or has_former_one)
        if written[name]:
            write_text(path, text)
    return written
