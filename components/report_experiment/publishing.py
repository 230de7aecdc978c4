"""The result of an experiment as an HTML report, as JSON in the lake, and as pipeline metrics."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from airloom.experiments.analysis import Analysis, analyze
from airloom.experiments.outcomes import read_outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.report import experiment_report
from airloom.experiments.results import as_results
from airloom.files import write_text
from airloom.logs.lake import Lake


def publish(
    lake: Lake, settings: AnalysisSettings, day: date, report: str
) -> tuple[Analysis, dict[str, float]]:
    """Analyze up to `day` and write the report and `experiments/<name>/<day>.json`.

    Returns:
        The analysis, and the numbers of it that a pipeline run should show.
    """
    analysis = analyze(read_outcomes(lake, settings, day), settings, day)
    results = as_results(analysis)
    write_text(Path(report), experiment_report(analysis))
    text = json.dumps(results, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(lake.path("experiments", settings.experiment.name, f"{day}.json"), text + "\n")
    numbers = {"users": float(analysis.outcomes.users.num_rows), "srm_p": results["srm_p"]}
    for treatment in settings.treatments:
        effect = analysis.primary_effect(treatment)
        if effect is not None:
            prefix = f"{treatment}_{settings.primary}_lift"
            numbers[prefix] = effect.relative
            numbers[f"{prefix}_low"], numbers[f"{prefix}_high"] = effect.relative_interval
    return analysis, {name: value for name, value in numbers.items() if value is not None}
