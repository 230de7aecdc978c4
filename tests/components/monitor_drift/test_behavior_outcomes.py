from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from airloom.beyond_log.outcomes import write_outcomes
from airloom.logs.lake import Lake
from components.monitor_drift.behavior_outcomes import OUTCOME_COLUMN, behavior_columns
from components.monitor_drift.columns import read_columns
from components.monitor_drift.comparison import compare
from components.monitor_drift.settings import DriftSettings

DAY = date(2026, 3, 9)
USUAL = {"few_samples": 700, "far_from_intents": 100}


def with_outcomes(root: Path, rejected: Mapping[str, int], *, kept: int = 200, scale: int = 1) -> Lake:
    """Three usual days, and then the day's."""
    lake = Lake(root)
    for ago in (1, 2, 3):
        write_outcomes(lake, DAY - timedelta(days=ago), rejected=USUAL, kept=200)
    write_outcomes(
        lake, DAY, rejected={rule: scale * count for rule, count in rejected.items()}, kept=scale * kept
    )
    return lake


def drifted(lake: Lake) -> dict[str, bool]:
    settings = DriftSettings()
    comparison = compare(read_columns(lake, DAY, settings), settings, DAY)
    return {column.name: column.drifted for column in comparison.columns}


@pytest.mark.parametrize("scale", [1, 1000])
def test_the_same_shares_do_not_drift_however_many_there_are(tmp_path: Path, scale: int) -> None:
    assert drifted(with_outcomes(tmp_path, USUAL, scale=scale)) == {OUTCOME_COLUMN: False}


@pytest.mark.parametrize(
    "rejected",
    [
        pytest.param({"few_samples": 100, "far_from_intents": 700}, id="another rule rejects"),
        pytest.param({"few_samples": 700, "not_on_sale": 100}, id="a rule that never rejected"),
        pytest.param({}, id="nothing is rejected"),
    ],
)
def test_a_rule_that_rejects_another_share_drifts(tmp_path: Path, rejected: dict[str, int]) -> None:
    assert drifted(with_outcomes(tmp_path, rejected)) == {OUTCOME_COLUMN: True}


def test_where_nothing_is_inferred_there_is_no_column(tmp_path: Path) -> None:
    assert behavior_columns(Lake(tmp_path), DAY, DriftSettings()) == ({}, {})
    assert OUTCOME_COLUMN not in read_columns(Lake(tmp_path), DAY, DriftSettings()).current


def test_at_most_the_wanted_rows_are_compared(tmp_path: Path) -> None:
    lake = with_outcomes(tmp_path, USUAL, scale=1000)
    current, _ = behavior_columns(lake, DAY, DriftSettings(rows=100))
    assert sorted(current[OUTCOME_COLUMN].to_pylist()).count("few_samples") == 70
    assert len(current[OUTCOME_COLUMN]) == 100
