"""The experiment that is served: that of the file in the settings, or AIR for everyone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from airloom.experiments import experiment_file
from airloom.experiments.experiment import Experiment, Variant

AIR_FOR_EVERYONE: Final = Experiment("none", (Variant("air", 1.0, "air"),), salt="", control="air")
"""What is served where no experiment is set."""


def read_experiment(path: Path | None) -> Experiment:
    """Return the experiment in a YAML or JSON file; without one, AIR for everyone.

    Raises:
        AirloomError: The file cannot be read or is not a valid experiment.
    """
    return AIR_FOR_EVERYONE if path is None else experiment_file.read_experiment(path)
