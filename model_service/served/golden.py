"""Pages for people who do not exist: what a new model or snapshot must be able to make before it serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from airloom.logs.contract import COMMERCE_ACTIONS, CONTENT_ACTIONS
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import SECONDS_PER_DAY
from model_service.pages.engine import Engine

EVENTS: Final = (0, 1, 3, 10, 30, 100)
"""So many events each of them has."""
SPAN: Final = 14 * SECONDS_PER_DAY
"""Seconds in which these happened."""
SEED: Final = 17


class Golden(NamedTuple):
    """Somebody made up from a snapshot's objects; the same for the same snapshot."""

    object_ids: list[str]
    actions: list[str]
    timestamps: list[int]
    now: int


def golden(snapshot: Snapshot) -> Iterator[Golden]:
    """One person for each number of `EVENTS`."""
    rng = np.random.default_rng(SEED)
    now = snapshot.before + 1
    for count in EVENTS:
        rows = rng.integers(len(snapshot.objects.ids), size=count)
        products = snapshot.objects.is_product[rows].tolist()
        yield Golden(
            [snapshot.objects.ids[row] for row in rows.tolist()],
            [str(rng.choice(COMMERCE_ACTIONS if product else CONTENT_ACTIONS)) for product in products],
            sorted((now - 1 - rng.integers(SPAN, size=count)).tolist()),
            now,
        )


def rehearse(new: Engine, old: Engine | None = None) -> dict[str, float]:
    """Let every variant of `new` make all golden pages.

    Args:
        new: What is to serve.
        old: What serves now, to compare with.

    Returns:
        For each variant that both have, the share of products of its pages that are also on the old pages.

    Raises:
        AirloomError: A ranker fails.
    """
    both = set(old.versions) & set(new.versions) if old else set()
    shared: dict[str, list[float]] = {name: [] for name in sorted(both)}
    for person in golden(new.snapshot):
        for variant in new.versions:
            page = new.rehearse(variant, **person._asdict())
            if old is not None and variant in both:
                before = old.rehearse(variant, **person._asdict())
                shared[variant].append(len(set(page) & set(before)) / max(len(page), 1))
    return {variant: float(np.mean(shares)) for variant, shares in shared.items()}
