"""Where the inferred behaviors of a model come from: the generator, or a control in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from airloom.beyond_log.behavior_source import BehaviorSource
from airloom.beyond_log.controls import AnotherUsers, ItemCfBehaviors, PopularityMatchedRandom
from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.selected import SelectedBehaviors
from airloom.beyond_log.selection import Selection
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example

GENERATED: Final = "generated"
ITEM_CF: Final = "item_cf"
POPULAR: Final = "popular"
OTHER_USER: Final = "other_user"


def behavior_source(
    arm: str,
    snapshot: Snapshot,
    examples: Sequence[Example],
    *,
    generator: Callable[[], BehaviorGenerator],
    weights: EventWeightSettings,
) -> BehaviorSource:
    """Return what infers the behaviors of an arm, with all rules.

    Args:
        arm: `GENERATED`; `ITEM_CF`, its first products; `POPULAR`, for each generated product a random one
            that is as popular; or `OTHER_USER`, what is generated for somebody else.
        snapshot: What is known when behaviors are inferred.
        examples: The users of `OTHER_USER`.
        generator: Fits it, or returns the one that is fitted; item-CF needs none.
        weights: How item-CF weighs events.
    """
    rules = Selection(snapshot)
    if arm == ITEM_CF:
        return SelectedBehaviors(ItemCfBehaviors(snapshot, weights=weights), rules)
    generated = SelectedBehaviors(GeneratedBehaviors(generator(), snapshot), rules)
    if arm == POPULAR:
        return PopularityMatchedRandom(generated, snapshot)
    if arm == OTHER_USER:
        histories = {example.user_id: example.history for example in examples}
        return AnotherUsers(generated, list(histories), list(histories.values()))
    return generated
