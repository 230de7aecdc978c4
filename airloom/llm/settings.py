"""How a language model is reached: over HTTP, or in this process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from airloom.settings import formerly


@dataclass(frozen=True)
class OpenAISettings:
    """A server that speaks the OpenAI protocol: vLLM, SGLang, Ollama, a hosted one.

    Attributes:
        base_url: Up to and with `/v1`.
        model: The server's name of the model.
        api_key_env: Environment variable that holds the key; without the variable no key is sent.
        api_key_file: File that holds the key; where it is set it counts before the variable.
        structured: How the form of a reply is asked for: `json_schema`, `json_object`; `llguidance`, the
            exact grammar, for a llama.cpp with that library, such as `airloom llm serve`; `none` for a
            server that knows none of them.
        extra: More fields of the request, e.g. `{"chat_template_kwargs": {"enable_thinking": false}}`.
        temperature: Of the sampling; 0 for the most likely reply.
        max_tokens: Of one reply.
        concurrency: Maximum number of requests in flight.
        requests_per_minute: Maximum number of requests that begin in a minute; 0 for no limit.
        timeout_s: Seconds from the beginning of a request to the end of its response.
        max_attempts: Requests for one reply before its question is left to the next run.
        backoff_s: Seconds before the second attempt, doubled before each further one.
        usd_per_million_in: Price of a million tokens read.
        usd_per_million_out: Price of a million tokens written.
    """

    base_url: str = ""
    model: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    api_key_file: str = ""
    structured: Literal["json_schema", "json_object", "llguidance", "none"] = "json_schema"
    extra: dict[str, Any] = field(default_factory=dict)
    temperature: float = 0.0
    max_tokens: int = 512
    concurrency: int = 16
    requests_per_minute: float = 0.0
    timeout_s: float = 60.0
    max_attempts: int = field(default=6, metadata=formerly("tries"))
    backoff_s: float = 1.0
    usd_per_million_in: float = 0.0
    usd_per_million_out: float = 0.0

    def price(self, tokens_in: int, tokens_out: int) -> float:
        """Return what tokens cost, in US dollars."""
        return (tokens_in * self.usd_per_million_in + tokens_out * self.usd_per_million_out) / 1e6


@dataclass(frozen=True)
class TransformersSettings:
    """A causal language model in this process.

    Attributes:
        model: Id on a model hub, or a local folder with safetensors.
        device: `auto` takes a GPU where there is one.
        batch_size: Questions read together.
    """

    model: str = ""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    batch_size: int = 16
