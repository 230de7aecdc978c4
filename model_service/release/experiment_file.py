"""The experiment file: which variants are served to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment, Variant
from airloom.settings import parse

AIR_FOR_EVERYONE: Final = Experiment("none", (Variant("air", 1.0, "air"),), salt="", control="air")
"""What is served where no experiment is set."""


def read_experiment(path: Path | None) -> Experiment:
    """Return the experiment in a YAML or JSON file; without one, AIR for everyone.

    Raises:
        AirloomError: The file cannot be read or is not a valid experiment.
    """
    if path is None:
        return AIR_FOR_EVERYONE
    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AirloomError(
            f"The experiment file {path} cannot be read ({_first_line(error)})",
            do="Set AIRLOOM_EXPERIMENT to a YAML or JSON file with name, variants, salt and control",
        ) from error
    if not isinstance(values, dict):
        raise AirloomError(
            f"The experiment file {path} holds no mapping",
            do="Write name, variants, salt and control into it",
        )
    return parse(Experiment, values)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
