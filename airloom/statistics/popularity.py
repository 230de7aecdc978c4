"""The popularity of products: decayed counts of orders, carts and clicks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from airloom.logs.contract import COMMERCE_ACTIONS
from airloom.logs.counted_events import view_counted_events
from airloom.logs.lake import Lake
from airloom.statistics.past_events import (
    decay,
    events_before,
    lookback_days,
)
from airloom.timestamps import MICROS_PER_DAY, EpochSeconds, to_micros

# Counts are integers, so that their order of summation cannot change the result.
_COUNTS: Final = """
SELECT object_id, action, ($before - epoch_us(ts)) // $day AS age, count(*) AS events
FROM counted_events WHERE returned_at IS NULL AND list_contains($actions, action)
GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class PopularitySettings:
    """How much an event adds to its product.

    Attributes:
        order: Weight of an order.
        cart: Weight of a cart.
        click: Weight of a click.
        half_life_days: After how many days an event counts half; ages are whole days.
    """

    order: float = 5.0
    cart: float = 2.0
    click: float = 1.0
    half_life_days: float = 7.0


def popularity(lake: Lake, *, before: EpochSeconds, settings: PopularitySettings) -> pa.Table:
    """Return decayed weighted counts: columns object_id (string, ascending), popularity (float32, positive).

    Returns, and the orders that they take back, do not count.

    Args:
        lake: Holds the clean events.
        before: Only events earlier than this count.
        settings: Weights and decay.
    """
    events = events_before(lake, before=before, days=lookback_days(settings.half_life_days))
    with duckdb.connect() as connection:
        view_counted_events(connection, events, before=before)
        counts = connection.sql(
            _COUNTS,
            params={
                "before": to_micros(before),
                "day": MICROS_PER_DAY,
                "actions": list(COMMERCE_ACTIONS),
            },
        ).to_arrow_table()
    objects = counts["object_id"].combine_chunks().dictionary_encode()
    actions = counts["action"].to_pandas()
    action_weights = actions.map({action: getattr(settings, action) for action in COMMERCE_ACTIONS}).to_numpy(
        float
    )
    decays = decay(counts["age"].to_numpy(), settings.half_life_days)
    contributions = action_weights * counts["events"].to_numpy() * decays
    sums = np.bincount(objects.indices.to_numpy(), contributions, minlength=len(objects.dictionary))
    return pa.table({"object_id": objects.dictionary, "popularity": sums.astype(np.float32)})
