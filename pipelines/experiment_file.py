"""Which experiment a home serves and reports: option, environment, the home's file, and else the default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment, Variant
from airloom.experiments.experiment_file import experiment_text, read_analysis
from airloom.experiments.readout import AnalysisSettings
from airloom.files import write_text
from pipelines.home import Home

VARIABLE: Final = "AIRLOOM_EXPERIMENT"
"""The service's own variable, so that one setting holds for `airloom serve`, the runs and the service."""

AIR_AGAINST_ITEM_CF: Final = AnalysisSettings(
    Experiment(
        "air-against-item-cf",
        (Variant("item_cf", 0.5, "item_cf"), Variant("air", 0.5, "air")),
        salt="1",
        control="item_cf",
    ),
)


def experiment_file(
    home: Home, option: Path | None = None, environment: Mapping[str, str] = os.environ
) -> Path | None:
    """Return the file with the experiment; None if none is given and the home has none yet.

    Raises:
        AirloomError: The file that is named does not exist, or the home has two.
    """
    for file, source in ((option, "--experiment"), (environment.get(VARIABLE), VARIABLE)):
        if file:
            if not Path(file).is_file():
                raise AirloomError(
                    f"{source} names the experiment file {file}, which does not exist",
                    do=f"Correct the path, or leave it out to use {home.root / 'experiment.yaml'}",
                )
            return Path(file)
    return home.experiment if home.experiment.exists() else None


def experiment_of(
    home: Home, defaults: AnalysisSettings = AIR_AGAINST_ITEM_CF, option: Path | None = None
) -> AnalysisSettings:
    """Return the experiment of a home and how it is read; without a file that is `defaults`.

    Raises:
        AirloomError: The file cannot be read or is not valid.
    """
    file = experiment_file(home, option)
    return defaults if file is None else read_analysis(file, defaults=defaults)


def keep_experiment(home: Home, analysis: AnalysisSettings) -> Path:
    """Write the experiment file of a home that has none, and return its path; one that is there stays."""
    if not home.experiment.exists():
        write_text(home.experiment, experiment_text(analysis))
    return home.experiment
