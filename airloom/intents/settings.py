"""Which reasoner reads the atoms: the settings of a distillation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from airloom.llm.settings import OpenAISettings, TransformersSettings

ReasonerName = Literal["openai", "transformers", "student", "encoder"]


@dataclass(frozen=True)
class DistillSettings:
    """Which reasoner reads the atoms that have no answer yet.

    Attributes:
        reasoner: `openai` and `transformers` are language models: they are asked what their model and prompt
            have not answered. `student`, a small model trained on their answers, is asked what no language
            model has answered; `encoder`, nearest categories by sentence embedding, what no version has.
        fallback: Which reasoner answers what a language model could not, by the same rule, so that the day
            can be served; the next run asks the language model again. While the lake has no student, the
            encoder replaces it.
        prompt: File of your own prompt; empty for Airloom's.
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
