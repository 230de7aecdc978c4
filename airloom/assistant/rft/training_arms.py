"""The ladder of trainings that are compared: each arm adds one part to the one before it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from airloom.assistant.rft.settings import OURS, FineTuningSettings


class TrainingArm(NamedTuple):
    """One training of the ladder.

    Attributes:
        name: What `--arms` calls it.
        title: Its line in the table.
        settings: Of the training; None of the model before.
    """

    name: str
    title: str
    settings: FineTuningSettings | None


def training_arms(settings: FineTuningSettings) -> tuple[TrainingArm, ...]:
    """Return the ladder.

    Args:
        settings: Of the last arm but one, which has all parts of ReRec. The arms before it leave parts out,
            the last one weighs the rewards as we do.
    """
    no_rewards = replace(settings, reinforcement=replace(settings.reinforcement, epochs=0))
    plain = replace(
        settings,
        reinforcement=replace(settings.reinforcement, penalty=0.0, curriculum=False),
        reward=replace(settings.reward, query_alignment=0.0, preference_alignment=0.0),
    )
    aligned = replace(plain, reward=replace(plain.reward, query_alignment=settings.reward.query_alignment))
    preferring = replace(aligned, reward=settings.reward)
    penalized = replace(preferring, reinforcement=replace(settings.reinforcement, curriculum=False))
    return (
        TrainingArm("base", "base", None),
        TrainingArm("sft", "SFT", no_rewards),
        TrainingArm("grpo", "GRPO", plain),
        TrainingArm("query-alignment", "+ query alignment", aligned),
        TrainingArm("preference-alignment", "+ preference alignment", preferring),
        TrainingArm("reasoning-aware", "+ reasoning-aware", penalized),
        TrainingArm("curriculum", "+ curriculum", settings),
        TrainingArm("own-weights", "our reward weights", replace(settings, reward=OURS)),
    )
