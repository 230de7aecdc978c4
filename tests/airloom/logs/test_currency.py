from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.logs.contract import EVENTS, OBJECTS, Table
from airloom.logs.currency import shop_currency
from airloom.logs.lake import Lake


def write(lake: Lake, table: Table, *currencies: str | None) -> None:
    rows = pa.Table.from_pylist([{"currency": name} for name in currencies], schema=table.stored_schema)
    lake.write(table, date(2026, 3, 1), rows)


@pytest.mark.parametrize(
    ("catalogue", "orders", "currency"),
    [
        (["EUR", None, "EUR"], ["GBP"], "EUR"),
        ([None], [None, "GBP"], "GBP"),
        (["EUR", "GBP"], ["EUR"], ""),
        ([None], [None], ""),
    ],
)
def test_the_catalogue_says_the_currency_or_else_the_orders(
    tmp_path: Path, catalogue: list[str | None], orders: list[str | None], currency: str
) -> None:
    lake = Lake(tmp_path)
    write(lake, OBJECTS, *catalogue)
    write(lake, EVENTS, *orders)
    assert shop_currency(lake) == currency


def test_a_lake_without_logs_has_none(tmp_path: Path) -> None:
    assert shop_currency(Lake(tmp_path)) == ""


def test_what_came_later_does_not_count(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    write(lake, OBJECTS, "EUR")
    assert shop_currency(lake, through=date(2026, 2, 28)) == ""
    assert shop_currency(lake, through=date(2026, 3, 1)) == "EUR"
