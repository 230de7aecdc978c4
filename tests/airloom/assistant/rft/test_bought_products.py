"""Orders of a lake become rows of the catalogue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airloom.assistant.rft.bought_products import bought_products
from tests.airloom.assistant.small_catalogue import SNAPSHOT
from tests.components.small_assistant_lake import DAY, write_assistant_lake


def test_every_order_of_a_known_product_counts_up_to_the_day(tmp_path: Path) -> None:
    lake, ids = write_assistant_lake(tmp_path), SNAPSHOT.objects.ids

    assert bought_products(lake, ids, through=DAY).tolist() == SNAPSHOT.products.tolist()
    assert bought_products(lake, ids[:3], through=DAY).tolist() == [
        row for row in SNAPSHOT.products.tolist() if row < 3
    ]
    assert bought_products(lake, ids, through=DAY - timedelta(days=1)).tolist() == []
