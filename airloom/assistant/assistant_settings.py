"""The settings of the language model that reads requests in words, and may word the reasons of answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from airloom.assistant.parsing.language_model import PROMPT, TUNED_PROMPT
from airloom.errors import AirloomError
from airloom.llm.prompt import PromptTemplate
from airloom.llm.settings import OpenAISettings
from airloom.settings import parse_written
from airloom.settings_file import read_settings_file

RESERVE_S: Final = 0.05
"""Of a deadline, for everything after the model."""
_DO: Final = "Write openai: {base_url: http://vllm:8000/v1, model: NAME}, and deadline_ms: 1500"


@dataclass(frozen=True)
class AssistantSettings:
    """Who reads requests in words, and what that may take.

    Attributes:
        openai: The server. It is asked once to read a request, and once to word the reasons of its answer,
            whatever `max_attempts` says.
        deadline_ms: Milliseconds of one answer after which it is not waited for; a request may want less.
        budget_usd: What a process may spend until it is started again; None for any amount.
        wording: Whether it also words reasons, of what the catalogue says.
        tuned: Whether the model was fine-tuned to read requests (`airloom tune-ask`): it is asked with the
            short prompt that it was trained with.
    """

    openai: OpenAISettings = field(default_factory=OpenAISettings)
    deadline_ms: int = 1500
    budget_usd: float | None = None
    wording: bool = False
    tuned: bool = False

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
    if not (settings.openai.base_url and settings.openai.model):
        raise AirloomError(f"The assistant's file {file} names no server and model", do=_DO)
    if settings.deadline_ms < 1:
        raise AirloomError(f"deadline_ms in {file} is {settings.deadline_ms}", do="Write 1 or more")
    return settings
