"""A causal language model of a few thousand random weights, saved as a user's folder would be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from airloom.intents.prompt import shipped_prompt

VOCABULARY = 1280
"""Head-room included: loading a tokenizer may add tokens of the architecture's own."""

SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<think>",
    "</think>",
    "[INST]",
    "[/INST]",
    "~turn~",
]

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


@cache
def trained_bytes() -> str:
    """A byte-level BPE that knows the words of the prompt, as JSON."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 64,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([shipped_prompt().text], trainer)
    return str(tokenizer.to_str())


def tiny_tokenizer(*, chat_template: str | None = CHATML) -> Any:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(trained_bytes()))
    tokenizer.eos_token, tokenizer.pad_token = "<|im_end|>", "<|endoftext|>"
    tokenizer.chat_template = chat_template
    return tokenizer


def save_tiny_model(
    folder: Path, *, seed: int = 0, chat_template: str | None = CHATML, **config: Any
) -> Path:
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            **{
                "vocab_size": VOCABULARY,
                "hidden_size": 32,
                "intermediate_size": 64,
                "num_hidden_layers": 1,
                "num_attention_heads": 4,
                "num_key_value_heads": 2,
                "max_position_embeddings": 4096,
                "initializer_range": 0.2,
                **config,
            }
        )
    )
    model.save_pretrained(folder)
    tiny_tokenizer(chat_template=chat_template).save_pretrained(folder)
    return folder


def like(model: Any, likings: Mapping[str, float]) -> None:
    """Add to the logits of all tokens with these signs, the least of several: random weights are luck."""
    import torch

    head = model.get_output_embeddings()
    bias = torch.zeros(head.out_features)
    for token, number in tiny_tokenizer().get_vocab().items():
        bias[number] = min((likings[sign] for sign in token if sign in likings), default=0.0)
    head.bias = torch.nn.Parameter(bias)
