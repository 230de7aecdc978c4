"""Who is asked about products: the settings of the agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from airloom.llm.settings import OpenAISettings, TransformersSettings


@dataclass(frozen=True)
class AgentSettings:
    """Which language model the agents and the critic are.

    Attributes:
        reasoner: `none` asks nobody: cards are made by rules, and of answers that the lake has. `openai` and
            `transformers` ask what their model and prompts have not answered about new and changed products.
        budget_usd: What the replies for one day may cost, all agents, shards and repeated runs together; None
            for no limit.
        threads: Threads of a model in this process, and of the sentence encoder.
        openai: Where reasoner is `openai`.
        transformers: Where reasoner is `transformers`.
    """

    reasoner: Literal["none", "openai", "transformers"] = "none"
    budget_usd: float | None = None
    threads: int = 2
    openai: OpenAISettings = field(default_factory=OpenAISettings)
    transformers: TransformersSettings = field(default_factory=TransformersSettings)
