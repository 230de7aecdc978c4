"""A small platform whose users, exposures and orders are known, to the last euro."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from airloom.experiments.experiment import Experiment, Variant
from airloom.experiments.outcomes import Outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.logs.contract import EVENTS, EXPOSURES, Table
from airloom.logs.lake import Lake

FIRST_DAY = date(2026, 3, 10)
START = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture
def experiment() -> Experiment:
    variants = (Variant("item_cf", 0.5, "item_cf"), Variant("air", 0.5, "air"))
    return Experiment("home-ranking", variants, salt="1", control="item_cf")


@pytest.fixture
def settings(experiment: Experiment) -> AnalysisSettings:
    return AnalysisSettings(experiment, FIRST_DAY)


def write_rows(lake: Lake, table: Table, rows: list[dict[str, Any]]) -> None:
    for day in sorted({row["ts"].date() for row in rows}):
        of_day = [row for row in rows if row["ts"].date() == day]
        lake.write(table, day, pa.Table.from_pylist(of_day, schema=table.stored_schema))


class SmallPlatform:
    """Writes exposures and events by hand; hours count from the experiment's start."""

    def __init__(self, root: Path) -> None:
        self.lake = Lake(root)
        self.shown: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def show(self, user: str, variant: str, hour: float, *objects: str, **more: Any) -> str:
        request = f"r{len(self.shown)}"
        for position, name in enumerate(objects):
            row = {
                "request_id": request,
                "ts": START + timedelta(hours=hour),
                "user_id": user,
                "experiment": "home-ranking",
                "variant": variant,
                "position": position,
                "object_id": name,
                "score": 1.0,
                "model_version": "1",
                "snapshot_digest": "d",
                "degraded": [],
            }
            self.shown.append(row | more)
        return request

    def act(self, user: str, action: str, hour: float, name: str, **more: Any) -> None:
        row = {
            "user_id": user,
            "ts": START + timedelta(hours=hour),
            "domain": "commerce",
            "action": action,
            "object_id": name,
        }
        self.events.append(row | more)

    def order(self, user: str, hour: float, name: str, price: float | None, **more: Any) -> None:
        self.act(user, "order", hour, name, unit_price=price, **({"quantity": 1, "currency": "EUR"} | more))

    def deliver(self) -> Lake:
        if self.shown:
            write_rows(self.lake, EXPOSURES, self.shown)
        if self.events:
            write_rows(self.lake, EVENTS, self.events)
        return self.lake


@pytest.fixture
def platform(tmp_path: Path) -> SmallPlatform:
    return SmallPlatform(tmp_path / "lake")


def simulated(
    seed: int, *, users: int = 1000, lift: float = 0.0, share: float = 0.5, loyalty: float = 0.6
) -> Outcomes:
    """Outcomes of users who buy from skewed purses; `loyalty` is what the past tells about the future."""
    rng = np.random.default_rng(seed)
    treated = rng.random(users) < share
    taste = rng.gamma(0.5, 2.0, users)
    before = rng.poisson(2 * taste)
    orders = rng.poisson(2 * (loyalty * taste + 1 - loyalty) * np.where(treated, 1 + lift, 1.0))
    gmv = orders * rng.gamma(4.0, 5.0, users)
    impressions = 10 * rng.integers(1, 8, users)
    clicks = rng.binomial(impressions, 0.1)
    columns: dict[str, Any] = {
        "user_id": [f"u{number:06d}" for number in range(users)],
        "variant": np.where(treated, "air", "item_cf"),
        "days": rng.integers(1, 8, users),
        "impressions": impressions,
        "degraded": np.zeros(users, np.int64),
        "clicks": clicks,
        "orders": orders,
        "gmv": gmv,
        "largest_order": gmv / np.maximum(orders, 1),
        "page_clicks": clicks,
        "page_orders": rng.binomial(clicks, 0.2),
        "page_gmv": gmv / 2,
        "largest_page_order": gmv / 2 / np.maximum(orders, 1),
        "clicks_before": rng.binomial(impressions, 0.1),
        "orders_before": before,
        "gmv_before": before * 20.0,
    }
    names = ("impressions", "clicks", "orders", "gmv", "page_clicks", "page_orders", "page_gmv")
    sums: dict[str, Any] = {name: [columns[name][treated].sum()] for name in names}
    daily = pa.table({"variant": ["air"], "day": [FIRST_DAY], "users": [int(treated.sum())]} | sums)
    return Outcomes(
        pa.table(columns), daily, multi_variant_users=0, unpriced=0, currency="EUR", first_day=FIRST_DAY
    )


@pytest.fixture(name="simulated")
def simulated_fixture() -> Callable[..., Outcomes]:
    return simulated
