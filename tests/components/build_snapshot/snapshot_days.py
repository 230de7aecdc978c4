"""Snapshots of one small shop on different days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import EpochSeconds
from tests.airloom.ranking.small_shop import small_snapshot


def snapshot(number: int) -> Snapshot:
    """The shop `number` days later, with other sales."""
    shop = small_snapshot()
    popularity = np.full(len(shop.objects.ids), number, np.float32)
    return replace(
        shop,
        before=EpochSeconds(shop.before + number * 86_400),
        objects=shop.objects._replace(popularity=popularity),
    )
