"""The task of an agent: asked about a product, a language model lists the values of the agent's relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, Final

from airloom.knowledge.agents.agents import Agent
from airloom.knowledge.agents.answers import AGENT_ANSWERS, AgentKey, CustomId
from airloom.knowledge.agents.product import shown_product
from airloom.knowledge.agents.remarks import Remarks
from airloom.knowledge.agents.reply import agent_reply
from airloom.llm.prompt import Message, PromptTemplate, quoted, visible
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.store.answer_table import AnswerTable

OPTIONS: Final = "options"
"""Column of the values that a question offers; absent where the agent's values are free."""


@dataclass(frozen=True)
class AgentTask:
    """A `Task` whose questions are rows of `QUESTION_SCHEMA`, with `OPTIONS` where the agent offers some.

    Attributes:
        agent: Who is asked.
    """

    agent: Agent

    @cached_property
    def prompt(self) -> PromptTemplate:
        """The instructions and an example; its last turn has `$product`."""
        return shipped_prompt(self.agent.name)

    @cached_property
    def reply(self) -> ReplyFormat[Remarks]:
        """A list of values for each relation."""
        return agent_reply(self.agent)

    @property
    def answers(self) -> AnswerTable[Remarks]:
        """The columns of the agents' store."""
        return AGENT_ANSWERS

    @property
    def prompt_version(self) -> str:
        """The hash of the prompt."""
        return self.prompt.version

    def key(self, question: Mapping[str, Any]) -> AgentKey:
        """Return the agent, the product and the digest of its texts."""
        return AgentKey(self.agent.name, question["object_id"], question["digest"])

    def messages(self, question: Mapping[str, Any]) -> list[Message]:
        """Return the chat about a product, which stands in one line of JSON with what may be chosen."""
        shown = shown_product(question)
        if self.agent.offers:
            shown[OPTIONS] = [visible(option, len(option)) for option in question.get(OPTIONS) or ()]
        return self.prompt.messages(product=quoted(shown))

    def shortest_messages(self) -> list[Message]:
        """Return the chat about a product without any text."""
        return self.messages({"title": ""})

    def custom_id(self, key: AgentKey) -> str:
        """Return the key and the prompt, see `CustomId`."""
        return CustomId(key, self.prompt_version).text


def shipped_prompt(name: str) -> PromptTemplate:
    """Return the prompt of an agent or of the critic."""
    file = files("airloom.knowledge").joinpath("agents", "prompts", f"{name}.md")
    return PromptTemplate(file.read_text(encoding="utf-8"))
