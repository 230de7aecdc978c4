"""The language model that is fine-tuned: read from files of this machine, trained by low-rank updates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.assistant.parsing.language_model import TUNED_PROMPT, messages_for
from airloom.assistant.rft.model_files import GGUF, model_digest
from airloom.assistant.rft.settings import LoraSettings
from airloom.errors import AirloomError
from airloom.progress import progress

BATCH: Final = 16
"""Replies that are written at once."""


class Policy(NamedTuple):
    """A causal language model of transformers, with its tokenizer.

    Attributes:
        model: With or without low-rank updates.
        tokenizer: With a chat template.
        digest: Of the files of the model before.
    """

    model: Any
    tokenizer: Any
    digest: str


def load_policy(path: Path, *, lora: LoraSettings | None = None, seed: int = 0) -> Policy:
    """Load a model from a folder of safetensors or from a GGUF file, which is dequantized; never from a hub.

    Args:
        path: The folder or the file.
        lora: Puts untrained low-rank updates on it, which change nothing yet.
        seed: Of the half of the updates that does not begin as 0.

    Raises:
        AirloomError: There is no such model, or it has no chat template.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    is_gguf = path.suffix == GGUF
    options: dict[str, Any] = {"local_files_only": True} | ({"gguf_file": path.name} if is_gguf else {})
    folder = path.parent if is_gguf else path
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, **options, **({} if is_gguf else {"use_safetensors": True})
        )
    except (OSError, ValueError) as error:
        raise AirloomError(
            f"{path} holds no model that can be read ({error})",
            do="Give a folder with config.json, tokenizer.json and *.safetensors, or a .gguf file",
        ) from error
    if tokenizer.chat_template is None:
        raise AirloomError(
            f"The tokenizer of {path} has no chat template", do="Take a model that was made for chats"
        )
    if is_gguf:
        _note_as_dequantized(model)
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Policy(model if lora is None else with_lora(model, lora, seed=seed), tokenizer, model_digest(path))


def _note_as_dequantized(model: Any) -> None:
    """Take back the mark of a GGUF file: its weights are numbers like any others now, and can be trained."""
    model.hf_quantizer, model.is_quantized = None, False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config


def with_lora(model: Any, lora: LoraSettings, *, seed: int) -> Any:
    """Return a model with low-rank updates on all linear layers, which are the same for the same seed."""
    import torch
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return get_peft_model(model, config)


def replies(policy: Policy, queries: Sequence[str], *, max_tokens: int, what: str) -> list[str]:
    """Return the likeliest reply to each request.

    Args:
        policy: The model.
        queries: The requests.
        max_tokens: Of a reply; a longer one is cut off, which makes it no reading.
        what: Names the bar that shows progress.
    """
    batches = [queries[start : start + BATCH] for start in range(0, len(queries), BATCH)]
    return [
        text
        for batch in progress(batches, what=what, unit="batches")
        for text in _replies(policy, batch, max_tokens)
    ]


def _replies(policy: Policy, queries: Sequence[str], max_tokens: int) -> Iterator[str]:
    import torch

    texts = policy.tokenizer.apply_chat_template(
        [messages_for([query], TUNED_PROMPT) for query in queries], tokenize=False, add_generation_prompt=True
    )
    inputs = policy.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    policy.model.eval()
    with torch.inference_mode():
        written = policy.model.generate(
            **inputs.to(policy.model.device),
            max_new_tokens=max_tokens,
            do_sample=False,
            pad_token_id=policy.tokenizer.pad_token_id,
        )
    yield from policy.tokenizer.batch_decode(
        written[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
    )
