"""Supervised fine-tuning on known readings, so that a model writes any before rewards teach it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airloom.assistant.parsing.language_model import TUNED_PROMPT, messages_for
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.reply import written
from airloom.assistant.rft.policy import Policy
from airloom.assistant.rft.settings import FineTuningSettings


def warm_up(
    policy: Policy, known: Sequence[tuple[str, ParsedRequest]], settings: FineTuningSettings, *, folder: Path
) -> None:
    """Train a model to write readings.

    Args:
        policy: The model with its low-rank updates, which are trained.
        known: Requests and their readings.
        settings: How.
        folder: For what the trainer writes meanwhile.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    rows = [
        {
            "prompt": messages_for([query], TUNED_PROMPT),
            "completion": [{"role": "assistant", "content": written([reading])}],
        }
        for query, reading in known
    ]
    warm = settings.warm_up
    SFTTrainer(
        model=policy.model,
        processing_class=policy.tokenizer,
        train_dataset=Dataset.from_list(rows),
        args=SFTConfig(
            num_train_epochs=warm.epochs,
            learning_rate=warm.learning_rate,
            per_device_train_batch_size=warm.batch_size,
            completion_only_loss=True,
            max_length=None,
            **shared_options(settings, folder),
        ),
    ).train()


def shared_options(settings: FineTuningSettings, folder: Path) -> dict[str, Any]:
    """Return the options that both trainers get: nothing is sent or saved, and the seed is fixed."""
    import torch

    has_gpu = torch.cuda.is_available()
    return {
        "output_dir": str(folder),
        "seed": settings.seed,
        "report_to": "none",
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": False,
        "use_cpu": not has_gpu,
        "bf16": has_gpu,
        "dataloader_pin_memory": has_gpu,
    }
