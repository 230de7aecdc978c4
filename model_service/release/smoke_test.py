"""The smoke test (canary): pages for made-up users that a new model or snapshot must pass first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from airloom.logs.contract import COMMERCE_ACTIONS, CONTENT_ACTIONS
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import SECONDS_PER_DAY
from model_service.engine.engine import Engine

EVENT_COUNTS: Final = (0, 1, 3, 10, 30, 100)
"""The number of events of each made-up user."""
SPAN_S: Final = 14 * SECONDS_PER_DAY
"""Seconds in which these happened."""
SEED: Final = 17


class SmokeUser(NamedTuple):
    """A made-up user with events about a snapshot's objects; the same for the same snapshot."""

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]
    now: int


def smoke_users(snapshot: Snapshot) -> Iterator[SmokeUser]:
    """Yield one user for each number of `EVENT_COUNTS`."""
    rng = np.random.default_rng(SEED)
    now = snapshot.before + 1
    for count in EVENT_COUNTS:
        rows = rng.integers(len(snapshot.objects.ids), size=count)
        products = snapshot.objects.is_product[rows].tolist()
        yield SmokeUser(
            [snapshot.objects.ids[row] for row in rows.tolist()],
            [str(rng.choice(COMMERCE_ACTIONS if product else CONTENT_ACTIONS)) for product in products],
            sorted((now - 1 - rng.integers(SPAN_S, size=count)).tolist()),
            now,
        )


def smoke_test(new: Engine, old: Engine | None = None) -> dict[str, float]:
    """Let every variant of `new` make a page for all smoke users.

    Args:
        new: What is to serve.
        old: What serves now, to compare with.

    Returns:
        The overlap at 10 of each variant that both have: the mean share of a new page's products that are
        also on the old page.

    Raises:
        AirloomError: A ranker fails.
    """
    in_both = set(old.versions) & set(new.versions) if old else set()
    overlaps: dict[str, list[float]] = {name: [] for name in sorted(in_both)}
    for user in smoke_users(new.snapshot):
        for variant in new.versions:
            page = new.smoke_page(variant, **user._asdict())
            if old is not None and variant in in_both:
                old_page = old.smoke_page(variant, **user._asdict())
                overlaps[variant].append(len(set(page) & set(old_page)) / max(len(page), 1))
    return {variant: float(np.mean(shares)) for variant, shares in overlaps.items()}
