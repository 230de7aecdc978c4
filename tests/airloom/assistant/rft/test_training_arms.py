"""Each arm of the ladder differs from the one before it in one part."""

from __future__ import annotations

from itertools import pairwise

from airloom.assistant.rft.settings import OURS, FineTuningSettings
from airloom.assistant.rft.training_arms import training_arms
from airloom.settings import as_dict, flat

SETTINGS = FineTuningSettings(seed=3)


def test_each_arm_adds_one_part() -> None:
    trained = [flat(as_dict(arm.settings)) for arm in training_arms(SETTINGS) if arm.settings is not None]
    added = [
        {name: value for name, value in later.items() if value != earlier[name]}
        for earlier, later in pairwise(trained[1:-1])
    ]

    assert added == [
        {"reward.query_alignment": 0.01},
        {"reward.preference_alignment": 0.01},
        {"reinforcement.penalty": 0.3},
        {"reinforcement.curriculum": True},
    ]


def test_the_ladder_begins_without_rewards_and_ends_with_ours() -> None:
    base, sft, grpo, *_, curriculum, own = training_arms(SETTINGS)

    assert base.settings is None
    assert sft.settings is not None
    assert (sft.settings.warm_up.epochs, sft.settings.reinforcement.epochs) == (1, 0)
    assert grpo.settings is not None
    assert grpo.settings.reward.ranking == 1.0
    assert curriculum.settings == SETTINGS
    assert own.settings is not None
    assert own.settings.reward == OURS
