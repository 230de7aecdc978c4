"""With labels of somebody else nothing may be gained: a gain would be a leak."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals
from airloom.ranking.history import UserHistory
from airloom.ranking.training.training_view import TrainingView
from tests.airloom.beyond_log.small_generators import fitted, tasteful_shoppers
from tests.airloom.ranking.small_shop import NOW, SmallShop

USERS = 200


def test_shuffled_labels_show_no_gain(shop: SmallShop, view: TrainingView) -> None:
    shoppers, wanted = tasteful_shoppers(USERS, first=10_000)  # none of them is in `view`
    content = shoppers.where(~shoppers.is_commerce)
    histories = [
        UserHistory(content.objects[rows], content.actions[rows], content.timestamps[rows])
        for rows in (slice(begin, end) for begin, end in pairwise(content.starts.tolist()))
    ]
    source = GeneratedBehaviors(fitted(view, epochs=4), shop.snapshot)
    proposals = source.propose([f"new-{user}" for user in range(USERS)], histories, NOW)
    likely = [set((proposed.products[:20] // 10).tolist()) for proposed in proposals]

    def covered(labels: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.array([label in mine for label, mine in zip(labels.tolist(), likely, strict=True)], float)

    shuffled = wanted[np.random.default_rng(0).permutation(USERS)]
    others = wanted[np.random.default_rng(1).permutation(USERS)]
    true_gain, canary = mean_intervals(
        [covered(wanted) - covered(others), covered(shuffled) - covered(others)],
        np.arange(USERS),
        Resampling(resamples=500),
    )
    assert true_gain.low > 0
    assert canary.low <= 0 <= canary.high
