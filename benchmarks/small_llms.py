"""Language models of published architecture with random weights: no hub is asked, and speed is the same."""

from __future__ import annotations

from typing import Any, Final

QWEN3: Final[dict[str, dict[str, int]]] = {
    "qwen3-0.6b": {
        "num_hidden_layers": 28,
        "hidden_size": 1024,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 3072,
    },
    "qwen3-4b": {
        "num_hidden_layers": 36,
        "hidden_size": 2560,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 9728,
    },
}
"""What the published config.json of each model says."""

VOCABULARY: Final = 151_936


def untrained(name: str, *, layers: int | None = None) -> Any:
    """Return the model `name` with random weights, on torch's default device and in its default dtype.

    Args:
        name: A key of `QWEN3`.
        layers: Fewer layers than published, to probe how fast one is.
    """
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    shape = QWEN3[name] | ({"num_hidden_layers": layers} if layers else {})
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        max_position_embeddings=40_960,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,  # so that no token ends an answer early
        **shape,
    )
    torch.manual_seed(0)
    return Qwen3ForCausalLM(config).eval()


def parameters(model: Any) -> int:
    """Return the number of weights; tied ones count once."""
    return sum(weights.numel() for weights in model.parameters())
