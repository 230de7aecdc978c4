"""Runs the chosen trainings of the ladder, and asks each model the held-out requests once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from airloom.assistant.rft.checkpoint import EpochRecord
from airloom.assistant.rft.digest import digest_of
from airloom.assistant.rft.fine_tune import fine_tune, training_digest
from airloom.assistant.rft.kept_replies import ModelReplies, kept_replies, replies_once
from airloom.assistant.rft.known_requests import RequestSets
from airloom.assistant.rft.model_files import model_digest
from airloom.assistant.rft.policy import load_policy
from airloom.assistant.rft.processes import only_training
from airloom.assistant.rft.settings import FineTuningSettings
from airloom.assistant.rft.training_arms import TrainingArm, training_arms
from airloom.assistant.rft.tuning import held_out_replies, judge_of

REPLIES: Final = "replies.json"
WARM_UP: Final = "warm-up"
"""Of all arms: they begin with the same one."""


def run_training_arms(
    model: Path,
    sets: RequestSets,
    settings: FineTuningSettings,
    *,
    chosen: Collection[str],
    folder: Path,
) -> Mapping[str, ModelReplies]:
    """Return the replies of all arms that are chosen, or were run before, by name in the ladder's order.

    An arm that was stopped goes on after its last whole epoch; one that has ended is not run again.

    Args:
        model: The folder or GGUF file of the model before.
        sets: The requests.
        settings: Of the arm with all parts.
        chosen: Names of arms.
        folder: Has a folder for each arm.

    Raises:
        AirloomError: There is no such model, another process runs arms there, or the folder of an arm holds
            another training.
    """
    base, done = model_digest(model) if model.exists() else "", {}
    with only_training(folder):
        for arm in training_arms(settings):
            file, digest = folder / arm.name / REPLIES, _digest(arm, base, sets, settings)
            if arm.name in chosen:
                ask = partial(_run, arm, model, sets, settings, folder)
                done[arm.name] = replies_once(file, digest, ask)
            elif (kept := kept_replies(file, digest)) is not None:
                done[arm.name] = kept
    return done


def _run(
    arm: TrainingArm, model: Path, sets: RequestSets, settings: FineTuningSettings, folder: Path
) -> ModelReplies:
    own = arm.settings
    policy = load_policy(model, lora=None if own is None else own.lora, seed=settings.seed)
    epochs: tuple[EpochRecord, ...] = ()
    if own is not None:
        judge, at = judge_of(sets, own), folder / arm.name
        epochs = fine_tune(policy, sets.training, judge, own, folder=at, warmed=folder / WARM_UP)
    return ModelReplies(held_out_replies(policy, sets, settings, what=arm.title), epochs)


def _digest(arm: TrainingArm, base: str, sets: RequestSets, settings: FineTuningSettings) -> str:
    asked = [request.case.query for request in sets.held_out]
    trained = base if arm.settings is None else training_digest(base, sets.training, arm.settings)
    return digest_of(trained, settings.max_tokens, asked)
