from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment, Variant
from airloom.experiments.experiment_file import experiment_text, read_analysis, read_experiment
from airloom.experiments.readout import AnalysisSettings

EXPERIMENT = Experiment(
    'a "quoted" name: 猫', (Variant("old", 0.4, "item_cf"), Variant("new", 0.6, "air")), "2026-03", "old"
)
ANALYSIS = AnalysisSettings(EXPERIMENT, first_day=date(2026, 3, 1), planned_user_days=77)
PLAIN = "name: e\nsalt: s\ncontrol: v\nvariants: [{name: v, share: 1, ranker: air}]\n"


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "experiment.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, experiment_text(ANALYSIS))
    other = AnalysisSettings(replace(EXPERIMENT, name="other"), first_day=date(2020, 1, 1))
    assert read_analysis(file, defaults=other) == ANALYSIS
    assert read_experiment(file) == EXPERIMENT


def test_a_first_day_that_nobody_has_chosen_is_only_a_comment(tmp_path: Path) -> None:
    text = experiment_text(replace(ANALYSIS, first_day=None))
    assert "\n  #first_day: YYYY-MM-DD  # The first day whose pages count; left out, the day of" in text
    analysis = read_analysis(written(tmp_path, text), defaults=replace(ANALYSIS, first_day=None))
    assert analysis.first_day is None


def test_what_the_readout_does_not_say_is_as_before(tmp_path: Path) -> None:
    file = written(tmp_path, PLAIN + "readout: {first_day: 2026-04-01}\n")
    analysis = read_analysis(file, defaults=ANALYSIS)
    assert (analysis.experiment.name, analysis.first_day) == ("e", date(2026, 4, 1))
    assert analysis.planned_user_days == 77


@pytest.mark.parametrize(
    ("readout", "message"),
    [
        ("readout: {frist_day: 2026-04-01}", "no setting frist_day; the nearest is first_day"),
        ("readout: {first_day: soon}", r"experiment\.yaml: .*first_day"),
        ("readout: {planned_user_days: '12'}", "planned_user_days: .*, not '12'"),
        ("readout: 3", "`readout` .* is no mapping"),
        ("readout: {experiment: {}}", "`readout` .* is no mapping"),
    ],
)
def test_a_mistake_in_the_readout_is_named(tmp_path: Path, readout: str, message: str) -> None:
    with pytest.raises(AirloomError, match=message):
        read_analysis(written(tmp_path, PLAIN + readout), defaults=ANALYSIS)
