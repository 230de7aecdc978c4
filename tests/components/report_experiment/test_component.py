from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, EXPOSURES
from airloom.logs.lake import Lake
from components.report_experiment.component import report_experiment

START = datetime(2026, 3, 10, tzinfo=UTC)
PLAN = {
    "experiment": {
        "name": "home",
        "variants": [
            {"name": "item_cf", "share": 0.5, "ranker": "item_cf"},
            {"name": "air", "share": 0.5, "ranker": "air"},
        ],
        "salt": "1",
        "control": "item_cf",
    },
    "first_day": "2026-03-10",
    "covariate_days": 7.0,
    "planned_user_days": 400.0,
}


class ExperimentMetrics(dict[str, float]):
    def log_metric(self, name: str, value: float) -> None:
        self[name] = value


def run(lake: Lake, folder: Path, plan: dict[str, Any] = PLAN) -> tuple[Any, str, ExperimentMetrics]:
    numbers = ExperimentMetrics()
    outputs = report_experiment.python_func(
        lake=lake.root,
        day="2026-03-10",
        experiment=plan,
        report=SimpleNamespace(path=str(folder / "report")),
        metrics=numbers,
    )
    return outputs, (folder / "report").read_text(encoding="utf-8"), numbers


def served(root: Path) -> Lake:
    """Four hundred users, half of them under each variant; those under air buy twice as often."""
    lake = Lake(root)
    users = [f"u{number:03d}" for number in range(400)]
    variants = ["air" if number % 2 else "item_cf" for number in range(400)]
    buyers = [n for n in range(400) if n % 8 == 0 or (n % 2 and n % 4 == 1)]
    shown = {
        "request_id": users,
        "ts": [START] * 400,
        "user_id": users,
        "experiment": ["home"] * 400,
        "variant": variants,
        "position": [0] * 400,
        "object_id": ["bed"] * 400,
        "score": [1.0] * 400,
        "model_version": ["1"] * 400,
        "snapshot_digest": ["d"] * 400,
    }
    lake.write(EXPOSURES, START.date(), pa.table(shown))
    orders = {
        "user_id": [users[n] for n in buyers],
        "ts": [START + timedelta(hours=1)] * len(buyers),
        "domain": ["commerce"] * len(buyers),
        "action": ["order"] * len(buyers),
        "object_id": ["bed"] * len(buyers),
        "quantity": [1] * len(buyers),
        "unit_price": [20.0] * len(buyers),
        "currency": ["EUR"] * len(buyers),
        "request_id": [users[n] for n in buyers],
    }
    lake.write(EVENTS, START.date(), pa.table(orders))
    return lake


def test_a_served_experiment_is_reported(tmp_path: Path) -> None:
    lake = served(tmp_path / "lake")
    outputs, html, numbers = run(lake, tmp_path)
    assert (outputs.users, outputs.verdict) == (400, "better")
    assert "air against item_cf: better" in html
    assert numbers["air_gmv_per_user_lift"] == pytest.approx(1.0)
    file = lake.path("experiments", "home", "2026-03-10.json")
    written = file.read_bytes()
    results = json.loads(written)
    assert results["variants"]["item_cf"]["gmv_per_user"] == pytest.approx(5.0)
    assert results["variants"]["air"]["gmv_per_user"] == pytest.approx(10.0)
    assert results["effects"]["air"]["gmv_per_user"]["absolute_ci"] == pytest.approx([3.16, 6.84], abs=0.01)
    run(lake, tmp_path)
    assert (file.read_bytes(), (tmp_path / "report").read_text(encoding="utf-8")) == (written, html)


def test_before_anyone_was_exposed_there_is_a_page_all_the_same(tmp_path: Path) -> None:
    outputs, html, _ = run(Lake(tmp_path / "lake"), tmp_path)
    assert (outputs.users, outputs.verdict) == (0, "not enough data")
    assert "There is no experiment data up to 2026-03-10." in html


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="no setting primry"):
        run(Lake(tmp_path / "lake"), tmp_path, PLAN | {"primry": "gpm"})
