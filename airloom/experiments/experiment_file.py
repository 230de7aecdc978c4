"""The experiment file: which variants are served to whom, and how the daily report reads the result.

The service and the report read the same file; the service ignores its part `readout`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment
from airloom.experiments.readout import AnalysisSettings
from airloom.setting_meanings import attribute_meanings
from airloom.settings import as_dict, parse_written
from airloom.settings_file import read_settings_file

T = TypeVar("T")
READOUT: Final = "readout"
_DO: Final = "Write name, salt, control and variants into it (docs/how-to/run-an-experiment.md)"


def read_experiment(path: Path) -> Experiment:
    """Return the experiment in a YAML or JSON file.

    Raises:
        AirloomError: The file cannot be read or is not a valid experiment.
    """
    values = read_settings_file(path, what="The experiment file", do=_DO)
    values.pop(READOUT, None)
    return _parsed(Experiment, values, path)


def read_analysis(path: Path, *, defaults: AnalysisSettings) -> AnalysisSettings:
    """Return the experiment in a file and how it is read; what `readout` does not say is as in `defaults`.

    Raises:
        AirloomError: The file cannot be read, or is not valid.
    """
    experiment = read_experiment(path)
    values = read_settings_file(path, what="The experiment file", do=_DO)
    readout = values.get(READOUT) or {}
    if not isinstance(readout, dict) or "experiment" in readout:
        raise AirloomError(
            f"`{READOUT}` of the experiment file {path} is no mapping of settings of the report",
            do="Write for example first_day and planned_user_days below it",
        )
    return _parsed(AnalysisSettings, as_dict(defaults) | readout | {"experiment": as_dict(experiment)}, path)


def experiment_text(analysis: AnalysisSettings) -> str:
    """Return the content of an experiment file with comments; reading it gives `analysis` again."""
    experiment, readout = analysis.experiment, as_dict(analysis)
    meanings = attribute_meanings(AnalysisSettings)
    variants = [json.dumps(as_dict(variant), ensure_ascii=False) for variant in experiment.variants]
    readout_lines = [
        f"  {field.name}: {json.dumps(readout[field.name])}  # {meanings[field.name]}"
        if field.name in readout
        else f"  #{field.name}: YYYY-MM-DD  # {meanings[field.name]}"
        for field in fields(AnalysisSettings)
        if field.name in readout.keys() - {"experiment"} | {"first_day"}
    ]
    lines = [
        "# Who gets which ranking, and how the daily report reads the result. The service and the report",
        "# read this one file; no run changes it. Docs: how-to/run-an-experiment.md.",
        f"name: {json.dumps(experiment.name, ensure_ascii=False)}",
        f"salt: {json.dumps(experiment.salt, ensure_ascii=False)}  # changing it reassigns all users",
        f"control: {json.dumps(experiment.control, ensure_ascii=False)}  # what the others are compared with",
        "variants:  # append new ones at the end: then only users of the last variant move",
        *(f"  - {variant}" for variant in variants),
        f"{READOUT}:  # for the report only; fix it before the first day",
        *readout_lines,
    ]
    return "\n".join(lines) + "\n"


def _parsed(kind: type[T], values: dict[str, Any], path: Path) -> T:
    try:
        return parse_written(kind, values)
    except AirloomError as error:
        raise AirloomError(f"The experiment file {path}: {error.what}", do=error.do) from error
