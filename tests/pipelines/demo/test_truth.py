from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airloom.logs.contract import EVENTS, EXPOSURES
from airloom.logs.lake import Lake
from pipelines.demo.served_days import ServedDay
from pipelines.demo.truth import true_lift
from pipelines.recipes import sample_world

DAY = date(2026, 3, 16)


def order(user: str, hour: int, price: float, request: str | None = None) -> dict[str, Any]:
    return {
        "user_id": user,
        "ts": datetime(2026, 3, 16, hour, tzinfo=UTC),
        "domain": "commerce",
        "action": "order",
        "object_id": "p1",
        "quantity": 2,
        "unit_price": price,
        "request_id": request,
    }


def test_what_is_bought_elsewhere_dilutes_the_lift_of_the_pages(tmp_path: Path) -> None:
    """Elsewhere: 2 x 50 after the exposure at 10 o'clock; not before it, not on a page, not by strangers."""
    lake = Lake(tmp_path / "lake")
    orders = [
        order("u1", 11, 50.0),
        order("u1", 9, 1000.0),
        order("u1", 12, 1000.0, "page"),
        order("u2", 12, 1000.0),
        order("u1", 13, 30.0),
        order("u1", 14, 30.0) | {"quantity": -2},  # came back
    ]
    lake.write(lake.landing(EVENTS), DAY, pa.Table.from_pylist(orders, schema=EVENTS.stored_schema))
    shown = {
        "request_id": "page",
        "ts": datetime(2026, 3, 16, 10, tzinfo=UTC),
        "user_id": "u1",
        "experiment": "e",
        "variant": "air",
        "position": 1,
        "object_id": "p1",
        "score": 0.0,
        "model_version": "m",
        "snapshot_digest": "d",
    }
    lake.write(lake.landing(EXPOSURES), DAY, pa.Table.from_pylist([shown], schema=EXPOSURES.stored_schema))
    expected = ({"air": 200.0, "item_cf": 100.0}, {"air": 100.0})
    days = [ServedDay([], 0, gmv, [], {}) for gmv in expected]

    lift = true_lift(lake, days, replace(sample_world().readout, first_day=DAY))

    assert lift == pytest.approx((100 + 300) / (100 + 100) - 1)


def test_the_truth_about_another_metric_is_unknown(tmp_path: Path) -> None:
    readout = replace(sample_world().readout, primary="ctr")

    assert true_lift(Lake(tmp_path / "lake"), [], readout) is None
