"""Fine-tunes a model that reads requests: a warm-up, then epochs of rewards over what is not yet easy."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from airloom.assistant.rft.checkpoint import (
    EpochRecord,
    TrainingProgress,
    read_checkpoint,
    write_checkpoint,
)
from airloom.assistant.rft.curriculum import Curriculum
from airloom.assistant.rft.digest import digest_of
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.known_requests import KnownRequest
from airloom.assistant.rft.policy import Policy
from airloom.assistant.rft.reinforce import Reinforcement
from airloom.assistant.rft.settings import FineTuningSettings
from airloom.assistant.rft.warm_up import warm_up
from airloom.files import atomic_dir, sha256_of
from airloom.settings import as_dict

_UPDATES: Final = "adapter_model.safetensors"
"""PEFT's name."""


def fine_tune(
    policy: Policy,
    requests: Sequence[KnownRequest],
    judge: ReplyJudge,
    settings: FineTuningSettings,
    *,
    folder: Path,
    warmed: Path | None = None,
) -> tuple[EpochRecord, ...]:
    """Train the low-rank updates of a model; one that was stopped goes on after its last whole epoch.

    Args:
        policy: The model.
        requests: With their readings.
        judge: Of replies.
        settings: How.
        folder: Where checkpoints are kept.
        warmed: Where updates of the warm-up are kept, which trainings may share; None for `folder`.

    Returns:
        A record for each epoch of rewards; fewer than were asked for if too few requests are not yet easy.

    Raises:
        AirloomError: The folder holds a training of another model, other settings or requests.
    """
    own, scratch = settings.reinforcement, folder / "scratch"
    cases = {request.case.query_id: request.case for request in requests}
    reinforcement = Reinforcement(policy, cases, judge, settings, scratch=scratch)
    optimizer = reinforcement.optimizer
    digest = training_digest(policy.digest, requests, settings)
    progress = read_checkpoint(folder, digest, policy.model, optimizer)
    if progress is None:
        if settings.warm_up.epochs:
            warm_up(policy, requests, settings, kept=warmed or folder, scratch=scratch)
        progress = TrainingProgress(digest, {}, ())
        write_checkpoint(folder, progress, policy.model, optimizer)
    curriculum = Curriculum(list(cases), progress.difficulties, easy=own.easy if own.curriculum else None)
    while (number := len(progress.records)) < own.epochs:
        names = curriculum.epoch()
        if len(names) < own.requests_per_step:
            break
        record = reinforcement.epoch(names, curriculum, number=number)
        progress = TrainingProgress(digest, dict(curriculum.difficulties), (*progress.records, record))
        write_checkpoint(folder, progress, policy.model, optimizer)
    shutil.rmtree(scratch, ignore_errors=True)
    return progress.records


def save_updates(policy: Policy, folder: Path) -> str:
    """Write the low-rank updates as PEFT and servers read them, and return a digest of their numbers."""
    for config in policy.model.peft_config.values():
        config.target_modules = sorted(config.target_modules)  # a set, whose order differs between processes
    with atomic_dir(folder) as path:
        policy.model.save_pretrained(path)
    return sha256_of(folder / _UPDATES)[:16]


def save_model(policy: Policy, folder: Path) -> None:
    """Write the model with its updates merged, and its tokenizer, as a server of models reads them."""
    with atomic_dir(folder) as path:
        policy.model.merge_and_unload().save_pretrained(path)
        policy.tokenizer.save_pretrained(path)


def training_digest(base: str, requests: Sequence[KnownRequest], settings: FineTuningSettings) -> str:
    """Return a digest of all that a training depends on: the model before, requests, answers and settings."""
    cases = [[request.case.query, request.case.satisfying.tolist()] for request in requests]
    return digest_of(base, as_dict(settings), cases)
