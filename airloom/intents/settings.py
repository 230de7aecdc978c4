"""Who reads the atoms, and how a language model is reached: the settings of a distillation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

ReasonerName = Literal["openai", "transformers", "student", "encoder"]
LANGUAGE_MODELS: Final = ("openai", "transformers")


@dataclass(frozen=True)
class OpenAISettings:
    """A server that speaks the OpenAI protocol: vLLM, SGLang, Ollama, a hosted one.

    Attributes:
        base_url: Up to and with `/v1`.
        model: The server's name of the model.
        api_key_env: Environment variable that holds the key; without the variable no key is sent.
        api_key_file: File that holds the key; where it is set it counts before the variable.
        structured: How the form of a reply is asked for; `none` for a server that knows no `response_format`.
        extra: More fields of the request, e.g. `{"chat_template_kwargs": {"enable_thinking": false}}`.
        temperature: Of the sampling; 0 for the most likely reply.
        max_tokens: Of one reply.
        concurrency: Requests in flight.
        requests_per_minute: At most so many are begun; 0 for no limit.
        timeout_s: Seconds for one response.
        tries: Requests for one reply before its atom is left to the next run.
        backoff_s: Seconds before the second of them, doubled before each further one.
        usd_per_million_in: Price of a million tokens read.
        usd_per_million_out: Price of a million tokens written.
    """

    base_url: str = ""
    model: str = ""
    api_key_env: str = "OPENAI_API_KEY"
    api_key_file: str = ""
    structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    extra: dict[str, Any] = field(default_factory=dict)
    temperature: float = 0.0
    max_tokens: int = 512
    concurrency: int = 16
    requests_per_minute: float = 0.0
    timeout_s: float = 60.0
    tries: int = 6
    backoff_s: float = 1.0
    usd_per_million_in: float = 0.0
    usd_per_million_out: float = 0.0


@dataclass(frozen=True)
class TransformersSettings:
    """A causal language model in this process.

    Attributes:
        model: Id on a model hub, or a local folder with safetensors.
        device: `auto` takes a GPU where there is one.
        batch_size: Atoms read together.
    """

    model: str = ""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    batch_size: int = 16


@dataclass(frozen=True)
class DistillSettings:
    """Who reads the atoms that nobody has read yet.

    Attributes:
        reasoner: `openai` and `transformers` are language models, which read what their version of the
            store lacks; `student`, which learnt from their answers, reads what none of them has; `encoder`,
            nearest categories by sentence embedding, reads what no version has.
        fallback: Who reads what a language model has left, by the same rule, so that the day can be served;
            the language model is asked again by the next run. While the lake has no student, the encoder
            stands in for it.
        prompt: File of a prompt of one's own; empty for Airloom's.
        budget_usd: What the replies for one day may cost, all shards and repeated runs together; None for no
            limit.
        threads: Threads of a model in this process.
        openai: Where reasoner is `openai`.
        transformers: Where reasoner is `transformers`.
    """

    reasoner: ReasonerName = "encoder"
    fallback: Literal["student", "encoder", "none"] = "encoder"
    prompt: str = ""
    budget_usd: float | None = None
    threads: int = 2
    openai: OpenAISettings = field(default_factory=OpenAISettings)
    transformers: TransformersSettings = field(default_factory=TransformersSettings)
