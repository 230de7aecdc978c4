"""Which days train and which days evaluate a ranker: settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.ranking.training.settings import LabelWeights
from airloom.settings import formerly
from feature_repo.snapshot_settings import SnapshotSettings


@dataclass(frozen=True)
class TrainingSetSettings:
    """Which days train and which days evaluate a ranker.

    Attributes:
        label_days: Days whose clicks, carts and orders a ranker learns from. As few as evaluation days: a
            snapshot ages over these days, and a ranker that learns from older statistics than it will serve
            with gives them too little weight.
        evaluation_days: The days after them, the last of the log, whose orders it is evaluated on.
        labels: The weight of each action in training.
        max_labels: Training labels at most, a random sample of all.
        max_targets: Evaluation targets at most, likewise.
        seed: Of these samples.
        snapshot: How popularity and neighbors are counted; a recipe sets it to its own `snapshot`.
    """

    label_days: int = 2
    evaluation_days: int = 2
    labels: LabelWeights = field(default_factory=LabelWeights)
    max_labels: int = field(default=8000, metadata=formerly("most_labels"))
    max_targets: int = field(default=2000, metadata=formerly("most_targets"))
    seed: int = 17
    snapshot: SnapshotSettings = field(default_factory=SnapshotSettings)
