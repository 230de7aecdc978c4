"""The settings of the assistant: the language model that reads requests and may word reasons, and rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Final

from airloom.assistant.parsing.language_model import PROMPT, TUNED_PROMPT
from airloom.errors import AirloomError
from airloom.llm.prompt import PromptTemplate
from airloom.llm.settings import OpenAISettings
from airloom.logs.limits import CURRENCY
from airloom.settings import parse_written
from airloom.settings_file import read_settings_file

RESERVE_S: Final = 0.05
"""Of a deadline, for everything after the model."""
_DO: Final = "Write openai: {base_url: http://vllm:8000/v1, model: NAME}, and deadline_ms: 1500"


@dataclass(frozen=True)
class AssistantSettings:
    """Who reads requests in words, what that may take, and what other currencies are worth.

    Attributes:
        openai: The server. It is asked once to read a request, and once to word the reasons of its answer,
            whatever `max_attempts` says.
        deadline_ms: Milliseconds of one answer after which it is not waited for; a request may want less.
        budget_usd: What a process may spend until it is started again; None for any amount.
        wording: Whether it also words reasons, of what the catalogue says.
        tuned: Whether the model was fine-tuned to read requests (`airloom tune-ask`): it is asked with the
            short prompt that it was trained with.
        exchange_rates: What one unit of other currencies is in the shop's, by code: {EUR: 1.08} in a shop
            with prices in USD.
    """

    openai: OpenAISettings = field(default_factory=OpenAISettings)
    deadline_ms: int = 1500
    budget_usd: float | None = None
    wording: bool = False
    tuned: bool = False
    exchange_rates: Mapping[str, float] = field(default_factory=dict)

    @property
    def has_model(self) -> bool:
        """Whether a server and its model are named; else rules read requests."""
        return bool(self.openai.base_url and self.openai.model)

    @property
    def server(self) -> OpenAISettings:
        """The server, asked once for a reply, within the deadline."""
        return replace(self.openai, max_attempts=1, timeout_s=self.deadline_ms / 1000)

    @property
    def reading_prompt(self) -> PromptTemplate:
        """What the model is asked with for the reading of a request."""
        return TUNED_PROMPT if self.tuned else PROMPT


def read_assistant_settings(file: Path) -> AssistantSettings:
    """Return the settings in a YAML or JSON file.

    Raises:
        AirloomError: It cannot be read, has a setting that does not exist, or names no server and model.
    """
    settings = parse_written(AssistantSettings, read_settings_file(file, what="The assistant's file", do=_DO))
    names_server = settings.openai.base_url or settings.openai.model or not settings.exchange_rates
    if names_server and not settings.has_model:
        raise AirloomError(f"The assistant's file {file} names no server and model", do=_DO)
    if settings.deadline_ms < 1:
        raise AirloomError(f"deadline_ms in {file} is {settings.deadline_ms}", do="Write 1 or more")
    for code, rate in settings.exchange_rates.items():
        if not re.fullmatch(CURRENCY, code) or not (isfinite(rate) and rate > 0):
            raise AirloomError(
                f"exchange_rates in {file} has {code}: {rate}",
                do="Write a code and a rate above 0: EUR: 1.08",
            )
    return settings
