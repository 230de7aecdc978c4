"""Supervised fine-tuning on known readings, so that a model writes any before rewards teach it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from airloom.assistant.parsing.language_model import TUNED_PROMPT, messages_for
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.reply import written
from airloom.assistant.rft.digest import digest_of
from airloom.assistant.rft.known_requests import KnownRequest
from airloom.assistant.rft.policy import Policy
from airloom.assistant.rft.processes import is_first
from airloom.assistant.rft.settings import FineTuningSettings
from airloom.assistant.rft.trainer_options import trainer_options
from airloom.files import atomic_file
from airloom.progress import say
from airloom.settings import as_dict

SUFFIX: Final = ".safetensors"


def warm_up(
    policy: Policy,
    requests: Sequence[KnownRequest],
    settings: FineTuningSettings,
    *,
    kept: Path,
    scratch: Path,
) -> None:
    """Train a model to write readings, or give it the updates that an equal warm-up has kept.

    A reading that has more or longer parts than a reply may have is left out, with a line that counts them.

    Args:
        policy: The model with its low-rank updates, which are trained.
        requests: With their readings.
        settings: How.
        kept: Folder for the updates; other models, readings or settings have other files.
        scratch: For what the trainer writes meanwhile.
    """
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors.torch import load_file, save_file

    rows = list(_rows([(request.case.query, request.reading) for request in requests]))
    file = kept / f"{_digest(policy, rows, settings)}{SUFFIX}"
    if file.exists():
        set_peft_model_state_dict(policy.model, load_file(file))
        return
    if rows:
        _train(policy, rows, settings, scratch)
    if is_first():
        weights = get_peft_model_state_dict(policy.model)
        with atomic_file(file) as path:
            save_file({name: weight.contiguous().cpu() for name, weight in weights.items()}, path)


def _train(
    policy: Policy, rows: Sequence[dict[str, Any]], settings: FineTuningSettings, scratch: Path
) -> None:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    warm = settings.warm_up
    SFTTrainer(
        model=policy.model,
        processing_class=policy.tokenizer,
        train_dataset=Dataset.from_list(list(rows)),
        args=SFTConfig(
            num_train_epochs=warm.epochs,
            learning_rate=warm.learning_rate,
            per_device_train_batch_size=warm.batch_size,
            completion_only_loss=True,
            max_length=None,
            **trainer_options(settings, scratch),
        ),
    ).train()


def _rows(known: Sequence[tuple[str, ParsedRequest]]) -> Iterator[dict[str, Any]]:
    """Yield a prompt and its completion for each reading that a reply can say."""
    left_out = 0
    for query, reading in known:
        try:
            text = written([reading])
        except ValueError:
            left_out += 1
            continue
        completion = [{"role": "assistant", "content": text}]
        yield {"prompt": messages_for([query], TUNED_PROMPT), "completion": completion}
    if left_out:
        say(f"{left_out} of {len(known)} readings say more than a reply may: not in the warm-up")


def _digest(policy: Policy, rows: Sequence[dict[str, Any]], settings: FineTuningSettings) -> str:
    return digest_of(
        policy.digest, settings.seed, as_dict(settings.lora), as_dict(settings.warm_up), list(rows)
    )
