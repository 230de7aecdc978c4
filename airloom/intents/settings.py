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
        reasoner: `openai` and `transformers` are language models, which read what their version of the
            store lacks; `student`, a small model trained on their answers, reads what none of them has
            answered; `encoder`, nearest categories by sentence embedding, reads what no version has answered.
        fallback: Which reasoner reads what a language model has left, by the same rule, so that the day can
            be served; the language model is asked again by the next run. While the lake has no student, the
            encoder stands in for it.
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
