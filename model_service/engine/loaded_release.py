"""A release in memory: a snapshot and the rankers of all variants, served together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airloom.ranking.air import AirRanker
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Snapshot


@dataclass(frozen=True)
class LoadedRelease:
    """A desired release after loading: a snapshot and the rankers of all variants, served together.

    Attributes:
        snapshot: Nodes, products, paths, neighbors.
        rankers: The ranker of every variant, by the variant's name.
    """

    snapshot: Snapshot
    rankers: Mapping[str, Ranker]


def tree_settings(rankers: Iterable[Ranker]) -> EventWeightSettings:
    """Return how the first AIR ranker of these weighs events; the defaults where there is none."""
    settings = (ranker.settings.inputs.tree for ranker in rankers if isinstance(ranker, AirRanker))
    return next(settings, EventWeightSettings())
