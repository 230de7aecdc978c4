from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.logs.contract import COMMERCE, COMMERCE_ACTIONS, CONTENT, EVENTS
from airloom.logs.lake import Lake
from airloom.statistics.popularity import PopularitySettings, popularity
from airloom.timestamps import EpochSeconds, seconds_of

START = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE = seconds_of(datetime(2026, 3, 9, tzinfo=UTC))
SETTINGS = PopularitySettings(order=5.0, cart=2.0, click=1.0, half_life_days=2.0)


def lake_of(root: Path, *events: tuple[float, str, str]) -> Lake:
    """Events as (days after START, action, object)."""
    lake = Lake(root)
    by_day: dict[date, list[dict[str, object]]] = {}
    for days, action, object_id in events:
        ts = START + timedelta(days=days)
        domain = COMMERCE if action in COMMERCE_ACTIONS else CONTENT
        row = {"user_id": "u", "ts": ts, "domain": domain, "action": action, "object_id": object_id}
        by_day.setdefault(ts.date(), []).append(row)
    for day, rows in by_day.items():
        lake.write(EVENTS, day, pa.Table.from_pylist(rows, schema=EVENTS.stored_schema))
    return lake


def test_an_order_counts_more_than_a_click_and_an_old_one_less(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, (7.5, "order", "soap"), (7.5, "click", "rope"), (5.5, "order", "rope"))
    table = popularity(lake, before=BEFORE, settings=SETTINGS)
    assert table.to_pydict() == {"object_id": ["rope", "soap"], "popularity": [1.0 + 5.0 / 2, 5.0]}


def test_watching_is_not_buying(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, (7.5, "view", "video"), (7.5, "like", "video"))
    assert popularity(lake, before=BEFORE, settings=SETTINGS).num_rows == 0


@pytest.mark.parametrize("later", [8.0, 8.001, 30.0])
def test_what_happens_at_or_after_the_moment_does_not_count(tmp_path: Path, later: float) -> None:
    lake = lake_of(tmp_path, (7.999, "order", "soap"), (later, "order", "rope"))
    assert popularity(lake, before=BEFORE, settings=SETTINGS)["object_id"].to_pylist() == ["soap"]


def test_a_moment_within_a_day_cuts_that_day(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, (7.25, "order", "soap"), (7.75, "order", "rope"))
    table = popularity(lake, before=EpochSeconds(BEFORE - 43_200), settings=SETTINGS)
    assert table["object_id"].to_pylist() == ["soap"]


def test_an_empty_lake_has_no_popular_products(tmp_path: Path) -> None:
    assert popularity(Lake(tmp_path), before=BEFORE, settings=SETTINGS).num_rows == 0


def test_what_came_back_is_not_popular(tmp_path: Path) -> None:
    lake, noon = Lake(tmp_path), START + timedelta(days=7.5)
    lines = [("ann", 0, 2), ("ann", 1, -2), ("bo", 0, 2), ("bo", 1, -1), ("cy", 0, -1)]
    rows = [
        {"user_id": user, "ts": noon + timedelta(minutes=minute), "domain": COMMERCE, "action": "order"}
        | {"object_id": "soap", "quantity": quantity, "request_id": "r"}
        for user, minute, quantity in lines
    ]
    lake.write(EVENTS, noon.date(), pa.Table.from_pylist(rows, schema=EVENTS.stored_schema))

    def counted(before: EpochSeconds) -> list[float]:
        popular: list[float] = popularity(lake, before=before, settings=SETTINGS)["popularity"].to_pylist()
        return popular

    assert counted(BEFORE) == [5.0]
    assert counted(EpochSeconds(seconds_of(noon) + 30)) == [10.0]  # nothing has come back yet
