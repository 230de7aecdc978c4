"""What goes into a snapshot, and how many are kept: settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.settings import formerly
from airloom.statistics.cooccurrence import CooccurrenceSettings
from airloom.statistics.popularity import PopularitySettings


@dataclass(frozen=True)
class SnapshotSettings:
    """What goes into a snapshot, and how many are kept.

    Attributes:
        popularity: How events make a product popular.
        neighbors: How events make objects neighbors.
        cards: Put the embeddings of knowledge cards in, for a tower with `text: card`.
        keep: Published snapshots that stay on disk, the newest.
        retired_days: Days after which a retired object leaves; until then it explains what users did with it.
    """

    popularity: PopularitySettings = field(default_factory=PopularitySettings)
    neighbors: CooccurrenceSettings = field(
        default_factory=CooccurrenceSettings, metadata=formerly("neighbours")
    )
    cards: bool = False
    keep: int = 7
    retired_days: int = 60
