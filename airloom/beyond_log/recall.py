"""How many products that users touch next for the first time a source proposes, beside its controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.beyond_log.attach import attach_behaviors
from airloom.beyond_log.behavior_source import BehaviorSource
from airloom.beyond_log.controls import AnotherUsers, ItemCfBehaviors, PopularityMatchedRandom
from airloom.beyond_log.selected import SelectedBehaviors
from airloom.beyond_log.selection import Selection
from airloom.beyond_log.settings import SelectionSettings
from airloom.errors import AirloomError
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example

FIRST_20: Final = SelectionSettings(
    min_samples=1, min_similarity=-1.0, max_per_category=10_000, popularity_exponent=0.0, limit=20
)
"""No rules: the first 20 proposals."""
MIN_USERS: Final = 2
"""Another user's behaviors need another user."""


class RecallMeasurement(NamedTuple):
    """The share of new products that each source proposed, with intervals over users.

    Attributes:
        cases: Products that were touched for the first time.
        users: Users who touched them.
        recall: By name of the source.
        lead: The recall of the measured source minus that of each control, paired.
    """

    cases: int
    users: int
    recall: Mapping[str, Estimate]
    lead: Mapping[str, Estimate]

    def numbers(self) -> dict[str, float]:
        """Return each recall, and each lead with its interval, by name."""
        numbers = {f"recall_{name}": estimate.mean for name, estimate in self.recall.items()}
        for name, lead in self.lead.items():
            numbers |= {f"lead_{name}_{part}": value for part, value in lead._asdict().items()}
        return numbers


def measure_recall(
    source: BehaviorSource,
    selection: Selection,
    snapshot: Snapshot,
    examples: Sequence[Example],
    *,
    resampling: Resampling,
) -> RecallMeasurement:
    """Return how often a target is among the products that are kept for its user.

    Controls: the first 20 of item-CF, random products in the place of the proposals, each as popular as the
    one that it replaces, and what is kept for another user.

    Args:
        source: What is measured.
        selection: The rules.
        snapshot: Over which both work.
        examples: Later than anything that the source has seen. Targets that the history has do not count.
        resampling: How intervals are computed.

    Raises:
        AirloomError: Fewer than two users touched a new product.
    """
    cases = [example for example in examples if example.target not in example.history.objects]
    users = [example.user_id for example in cases]
    if len(set(users)) < MIN_USERS:
        raise AirloomError(
            f"{len(set(users))} users touched a new product in the evaluation days: nothing can be measured",
            do="Give more days of logs, or set more evaluation_days",
        )
    histories = [example.history for example in cases]
    first_20 = Selection(snapshot, FIRST_20)
    arms: list[tuple[BehaviorSource, Selection]] = [
        (source, selection),
        (ItemCfBehaviors(snapshot), first_20),
        (PopularityMatchedRandom(source, snapshot), first_20),
        (AnotherUsers(source, users, histories), selection),
    ]
    hits = {arm.name: _hits(arm, rules, cases) for arm, rules in arms}
    own = hits[source.name]
    numbers = np.unique(np.array(users), return_inverse=True)[1].astype(np.int64)
    controls = [name for name in hits if name != source.name]
    columns = [*hits.values(), *(own - hits[name] for name in controls)]
    estimates = mean_intervals(columns, numbers, resampling)
    return RecallMeasurement(
        len(cases),
        len(set(users)),
        dict(zip(hits, estimates, strict=False)),
        dict(zip(controls, estimates[len(hits) :], strict=True)),
    )


def _hits(source: BehaviorSource, selection: Selection, cases: Sequence[Example]) -> NDArray[np.float64]:
    """Return whether each target is among what is kept, float64 [n] of 0 and 1."""
    attached = attach_behaviors(cases, SelectedBehaviors(source, selection))
    return np.array([case.target in case.history.inferred.products for case in attached], np.float64)
