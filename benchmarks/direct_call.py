"""The direct way, timed: a language model reads a user's whole history when the request comes in."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from airloom.errors import AirloomError
from airloom.intents.reply import intent_reply
from airloom.intents.reply_bounds import ACCEPTED
from airloom.llm.server.chat_endpoint import ChatEndpoint
from airloom.llm.settings import OpenAISettings
from benchmarks.small_llms import VOCABULARY, parameters, untrained

CHARACTERS_A_TOKEN: Final = 3.4
"""As Qwen's tokenizer counts a prompt over 50 titles in three languages (`time_server`). For random weights
no tokenizer is at hand; which tokens they are does not change the time."""
_PROBE_LAYERS: Final = 2
_PROBE_TOKENS: Final = 8
_PROBES: Final = 3


class _Took(NamedTuple):
    seconds: float
    processor_seconds: float


class DirectCall(NamedTuple):
    """What the calls took.

    Attributes:
        model: Its name.
        weights: `random`, or `real` where a server answered.
        parameters: Weights of the model, tied ones once; 0 behind a server.
        device: `cpu`, the name of the GPU, or the address of a server.
        threads: Threads of torch on the CPU; 0 behind a server.
        precision: Of the weights; empty behind a server.
        prompt_tokens: Mean length of the prompts.
        answer_tokens: Length of every answer; their mean behind a server.
        seconds: Of every call.
        processor_share: Of what its threads could have had on the CPU, what they got; far below 1 the machine
            was busy with something else, and the times are too long. About 0 on a GPU, 1 behind a server.
    """

    model: str
    weights: str
    parameters: int
    device: str
    threads: int
    precision: str
    prompt_tokens: float
    answer_tokens: int
    seconds: list[float]
    processor_share: float


def tokens_of(text: str) -> int:
    """Return about how many tokens a text has."""
    return round(len(text) / CHARACTERS_A_TOKEN)


def typical_answer(replies: Path, *, paths: int = 3) -> int:
    """Return the mean number of tokens of the recorded answers with this number of paths."""
    answers = [json.loads(line)["paths"] for line in replies.read_text(encoding="utf-8").splitlines()]
    lengths = [tokens_of(json.dumps({"paths": answer})) for answer in answers if len(answer) == paths]
    return round(float(np.mean(lengths)))


def time_calls(
    prompts: Sequence[str], *, llm: str, device: str, threads: int, answer_tokens: int
) -> DirectCall:
    """Return the time of one answer to every prompt, greedy and with a KV cache, after a short warm-up.

    Args:
        prompts: Only their length matters: the tokens are random.
        llm: A key of `benchmarks.small_llms.QWEN3`.
        device: `cpu`, `cuda`, or `auto` for a GPU where there is one.
        threads: Of torch on the CPU.
        answer_tokens: Number of tokens written each time.
    """
    import torch

    torch.set_num_threads(threads)  # whatever it was set to for other work
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    lengths = [tokens_of(prompt) for prompt in prompts]
    precision = torch.bfloat16 if device == "cuda" else _faster_precision(llm, lengths[0])
    model = _loaded(llm, precision, device)
    _took(model, 32, 2)
    calls = [_took(model, length, answer_tokens) for length in lengths]
    return DirectCall(
        model=llm,
        weights="random",
        parameters=parameters(model),
        device=torch.cuda.get_device_name() if device == "cuda" else "cpu",
        threads=threads,
        precision=str(precision).removeprefix("torch."),
        prompt_tokens=float(np.mean(lengths)),
        answer_tokens=answer_tokens,
        seconds=[call.seconds for call in calls],
        processor_share=sum(call.processor_seconds for call in calls)
        / sum(call.seconds for call in calls)
        / threads,
    )


def time_server(prompts: Sequence[str], *, base_url: str, model: str, max_tokens: int) -> DirectCall:
    """Return the time of a real model's answer to every prompt, in the form of a reply about one event.

    Args:
        prompts: About whole histories.
        base_url: An OpenAI-compatible server, up to and with `/v1`.
        model: Its name of the model.
        max_tokens: Of one answer.
    """
    settings = OpenAISettings(
        base_url=base_url, model=model, structured="llguidance", max_tokens=max_tokens, timeout_s=3600.0
    )
    endpoint = ChatEndpoint(settings)
    form = intent_reply(ACCEPTED.max_paths)
    calls, tokens = [], []
    for prompt in prompts:
        started = time.perf_counter()
        response = endpoint.post([{"role": "user", "content": prompt}], reply=form)
        calls.append(time.perf_counter() - started)
        if response.tokens is None:
            raise AirloomError(f"{base_url} counts no tokens", do="Name a server that reports usage")
        tokens.append(response.tokens)
    endpoint.close()
    return DirectCall(
        model=model,
        weights="real",
        parameters=0,
        device=base_url,
        threads=0,
        precision="",
        prompt_tokens=float(np.mean([count.prompt_tokens for count in tokens])),
        answer_tokens=round(float(np.mean([count.completion_tokens for count in tokens]))),
        seconds=calls,
        processor_share=1.0,
    )


def _faster_precision(llm: str, prompt_tokens: int) -> Any:
    """Return the dtype in which the processor computes a few layers fastest: not all support bfloat16."""
    import torch

    took = {}
    for precision in (torch.bfloat16, torch.float32):
        model = _loaded(llm, precision, "cpu", layers=_PROBE_LAYERS)
        calls = [_took(model, prompt_tokens, _PROBE_TOKENS) for _ in range(_PROBES)]
        took[precision] = min(call.processor_seconds for call in calls)  # busy neighbors change it less
    return min(took, key=lambda precision: took[precision])


def _loaded(llm: str, precision: Any, device: str, *, layers: int | None = None) -> Any:
    import torch

    usual = torch.get_default_dtype()
    torch.set_default_dtype(precision)
    try:
        with torch.device(device):
            return untrained(llm, layers=layers)
    finally:
        torch.set_default_dtype(usual)


def _took(model: Any, prompt_tokens: int, answer_tokens: int) -> _Took:
    import torch

    prompt = torch.randint(0, VOCABULARY, (1, prompt_tokens), device=model.device)
    start, processor = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        answer = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=answer_tokens,
            min_new_tokens=answer_tokens,
            do_sample=False,
            use_cache=True,
        )
    written = answer[0, prompt_tokens:].tolist()  # waits for the GPU
    took = _Took(time.perf_counter() - start, time.process_time() - processor)
    if len(written) != answer_tokens:
        raise RuntimeError(f"{len(written)} tokens were written instead of {answer_tokens}")
    return took
