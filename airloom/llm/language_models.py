"""From settings to the language model that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeVar, assert_never

from airloom.errors import AirloomError
from airloom.llm.answerer import LanguageModel
from airloom.llm.in_process.model_name import model_name
from airloom.llm.server.server_answerer import ServerAnswerer
from airloom.llm.settings import OpenAISettings, TransformersSettings
from airloom.llm.task import Task

if TYPE_CHECKING:
    from airloom.llm.in_process.causal_lm import CausalLM

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

Backend = Literal["openai", "transformers"]
"""How a language model is reached: a server that speaks the OpenAI protocol, or this process."""
BACKENDS: Final[tuple[Backend, ...]] = ("openai", "transformers")


def model_of(backend: Backend, openai: OpenAISettings, transformers: TransformersSettings) -> str:
    """Return the name of the model in a version, known before anything is loaded or asked.

    Raises:
        AirloomError: The settings name no model, or a folder without one.
    """
    model = openai.model if backend == "openai" else transformers.model
    if not model:
        raise AirloomError(f"The reasoner {backend} has no model", do="Give its name with --model")
    return model_name(transformers) if backend == "transformers" else model


def language_model(
    backend: Backend,
    task: Task[K, V],
    *,
    openai: OpenAISettings,
    transformers: TransformersSettings,
    budget_usd: float | None = None,
    threads: int = 2,
    loaded: CausalLM | None = None,
) -> LanguageModel[K, V]:
    """Return the language model that the settings name, ready to answer the questions of `task`.

    Args:
        backend: Which of the two settings counts.
        task: What it is asked.
        openai: The server.
        transformers: The model in this process.
        budget_usd: What a server's replies may cost; None for no limit.
        threads: Threads of a model in this process.
        loaded: The model in this process, where several tasks share it; by default it is loaded.

    Raises:
        AirloomError: The settings cannot be followed.
    """
    match backend:
        case "openai":
            return ServerAnswerer(task, openai, budget_usd=budget_usd)
        case "transformers":
            # torch and transformers are loaded only where a model runs here
            from airloom.llm.in_process.in_process_answerer import InProcessAnswerer

            return InProcessAnswerer(task, transformers, threads=threads, loaded=loaded)
        case other:
            assert_never(other)
