"""A causal language model in this process: loaded without pickle or foreign code, decoding greedily."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.llm.in_process.guided_replies import ReplyBatch
from airloom.llm.settings import TransformersSettings
from airloom.telemetry import switch_off

if TYPE_CHECKING:
    import torch

_NEEDED: Final = frozenset({"attention_mask", "position_ids", "past_key_values", "logits_to_keep"})


class CausalLM:
    """Description and tokenizer are loaded at once, the weights when the first reply is written.

    Args:
        settings: Which model, and where it runs.
        threads: Threads of one matrix product.

    Raises:
        AirloomError: The model cannot be loaded; says why and what to do.
    """

    def __init__(self, settings: TransformersSettings, *, threads: int) -> None:
        switch_off()
        import torch
        from transformers import AutoConfig, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(threads)
        self._model_id = settings.model
        folder = Path(settings.model).expanduser()
        self._source = str(folder) if folder.is_dir() else settings.model
        self._device = torch.device(_device(settings.device))
        with self._loading():
            self._config = AutoConfig.from_pretrained(self._source, trust_remote_code=False)
            self.tokenizer = AutoTokenizer.from_pretrained(self._source, trust_remote_code=False)
        self._prefix: list[int] = []
        self._prefix_cache: Any = None

    @property
    def vocabulary(self) -> int:
        """Number of tokens that it gives logits for."""
        return int(self._config.get_text_config().vocab_size)

    @property
    def context(self) -> int | None:
        """Tokens of prompt and reply together that it was made for; None if its description does not say."""
        return getattr(self._config.get_text_config(), "max_position_embeddings", None)

    def write(self, prompts: Sequence[list[int]], replies: ReplyBatch, *, prefix: list[int]) -> None:
        """Write the most likely reply to each prompt, all at once, until all are finished.

        Args:
            prompts: Token ids.
            replies: Empty replies, one for each prompt; says which tokens may follow.
            prefix: Token ids with which all prompts begin; their keys and values are computed once and serve
                all calls with the same prefix.

        Raises:
            AirloomError: The model cannot be loaded.
            torch.OutOfMemoryError: The batch is too large for the GPU.
        """
        import torch

        with torch.inference_mode():
            cache, prefix_length = self._prefix_cache_for(prefix, rows=len(prompts))
            own = [prompt[prefix_length:] for prompt in prompts]
            width = max(map(len, own))
            # Padding stands on the left, between prefix and prompt, so that all replies begin in one column.
            tokens = torch.tensor([[0] * (width - len(ids)) + ids for ids in own], device=self._device)
            real = torch.tensor(
                [[1] * prefix_length + [0] * (width - len(ids)) + [1] * len(ids) for ids in own]
            )
            real = real.to(self._device)
            positions = (real.cumsum(1)[:, prefix_length:] - 1).clamp(min=0)
            for _ in range(replies.max_tokens):
                logits = self._model(
                    input_ids=tokens,
                    attention_mask=real,
                    position_ids=positions,
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                ).logits[:, -1]
                tokens = best_allowed(logits, replies.allowed())[:, None]
                replies.append(tokens[:, 0].tolist())
                if replies.finished:
                    return
                real = torch.cat([real, torch.ones_like(tokens)], dim=1)
                positions = positions[:, -1:] + 1
            raise AssertionError("A reply of the greatest length is not finished: its grammar is wrong")

    def _prefix_cache_for(self, prefix: list[int], *, rows: int) -> tuple[Any, int]:
        """Return a KV cache for `rows` rows, and how many tokens of `prefix` it holds: all, or none."""
        import torch
        from transformers import DynamicCache
        from transformers.cache_utils import DynamicLayer

        cache = DynamicCache(config=self._config)
        # A layer that forgets (sliding window, recurrent state) would count padding after the prefix as text.
        if not prefix or any(type(layer) is not DynamicLayer for layer in cache.layers):
            return cache, 0
        if prefix != self._prefix:
            ids = torch.tensor([prefix], device=self._device)
            self._model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
            self._prefix, self._prefix_cache = prefix, cache
        shared = copy.deepcopy(self._prefix_cache)
        shared.batch_repeat_interleave(rows)
        return shared, len(prefix)

    @cached_property
    def _model(self) -> Any:
        import inspect

        import torch
        from transformers import AutoModelForCausalLM

        with self._loading():
            model, report = AutoModelForCausalLM.from_pretrained(
                self._source,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.bfloat16 if self._device.type == "cuda" else torch.float32,
                output_loading_info=True,
            )
            if report["missing_keys"]:
                raise ValueError(f"its files lack {len(report['missing_keys'])} of its weights")
            if lacking := _NEEDED - set(inspect.signature(model.forward).parameters):
                raise ValueError(f"{type(model).__name__} takes no {', '.join(sorted(lacking))}")
            return model.eval().to(self._device)

    @contextmanager
    def _loading(self) -> Iterator[None]:
        from safetensors import SafetensorError

        try:
            yield
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
            raise AirloomError(
                f"The language model {self._model_id} cannot be loaded ({error})",
                do="Give a folder that model.save_pretrained and tokenizer.save_pretrained have written, or "
                "the id of a causal language model on a hub that can be reached from here",
            ) from error


def best_allowed(logits: torch.Tensor, allowed: NDArray[np.int32]) -> torch.Tensor:
    """Return int64 [rows]: the best token of each row among those that are allowed, whatever the logits are.

    Args:
        logits: [rows, tokens], of any float type.
        allowed: int32 [rows, tokens / 32 or more], one bit for each token.
    """
    import torch

    bits = torch.from_numpy(allowed).to(logits.device)
    shifts = torch.arange(32, dtype=torch.int32, device=logits.device)
    may = ((bits[:, :, None] >> shifts) & 1).flatten(1)[:, : logits.shape[1]].bool()
    # A model that overflows says nan or -inf; as numbers these still lose to nothing that is forbidden.
    return torch.where(may, logits.float().nan_to_num(), -torch.inf).argmax(dim=1)


def _device(setting: str) -> str:
    import torch

    has_gpu = torch.cuda.is_available()
    if setting == "cuda" and not has_gpu:
        raise AirloomError(
            "There is no GPU that PyTorch can use",
            do="Set device to auto or cpu, or install PyTorch with CUDA",
        )
    return ("cuda" if has_gpu else "cpu") if setting == "auto" else setting
