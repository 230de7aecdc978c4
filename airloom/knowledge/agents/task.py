"""The task of an agent: asked about a product, a language model lists the values of the agent's relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

import pyarrow as pa

from airloom.knowledge.agents.agents import AGENT_NAMED, Agent
from airloom.knowledge.agents.product import PRODUCT_COLUMNS, shown_product
from airloom.knowledge.agents.reply import agent_reply
from airloom.knowledge.agents.statement import STATEMENTS, Statements
from airloom.llm.prompt import Message, PromptTemplate, quoted, visible
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.store.answer_table import AnswerTable
from airloom.llm.version import LLM, Version

OPTIONS: Final = "options"
"""Column of the values that a question offers; absent where the agent's values are free."""


class AgentKey(NamedTuple):
    """The key of one question.

    Attributes:
        agent: Name of the agent.
        object_id: The product.
        text_digest: Of the texts that the agent reads: a product that changed is another question.
    """

    agent: str
    object_id: str
    text_digest: str


QUESTION_SCHEMA: Final = pa.schema(
    [
        ("question_id", pa.string()),
        *((name, pa.string()) for name in AgentKey._fields),
        *PRODUCT_COLUMNS,
    ]
)


def _columns(statements: Statements | None) -> Mapping[str, Any]:
    return {"statements": [statement._asdict() for statement in statements or ()]}


AGENT_ANSWERS: Final = AnswerTable[Statements](
    id_column="question_id",
    key_columns=AgentKey._fields,
    value_columns=(("statements", STATEMENTS),),
    to_columns=_columns,
    schema_version="1",
)


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
    def reply(self) -> ReplyFormat[Statements]:
        """A list of values for each relation."""
        return agent_reply(self.agent)

    @property
    def answers(self) -> AnswerTable[Statements]:
        """The columns of the agents' store."""
        return AGENT_ANSWERS

    @property
    def prompt_version(self) -> str:
        """The hash of the prompt."""
        return self.prompt.version

    def key(self, question: Mapping[str, Any]) -> AgentKey:
        """Return the agent, the product and the digest of its texts."""
        return AgentKey(self.agent.name, question["object_id"], question["text_digest"])

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
        """Return agent/prompt version/digest/object id, the last quoted as in a URL."""
        return "/".join((key.agent, self.prompt_version, key.text_digest, quote(key.object_id, safe="")))


TASKS: Final = {name: AgentTask(agent) for name, agent in AGENT_NAMED.items()}
"""The task of each agent, by its name."""


def shipped_prompt(name: str) -> PromptTemplate:
    """Return the prompt of an agent or of the critic."""
    file = files("airloom.knowledge").joinpath("agents", "prompts", f"{name}.md")
    return PromptTemplate(file.read_text(encoding="utf-8"))


def agent_version(agent: Agent, model: str) -> Version:
    """Return the version of a model's answers to one agent's prompt."""
    return Version(LLM, model, TASKS[agent.name].prompt_version, AGENT_ANSWERS.schema_version)


class CustomId(NamedTuple):
    """What the custom_id of a batch file says.

    Attributes:
        key: Of the question.
        prompt: Version of the prompt that was asked.
    """

    key: AgentKey
    prompt: str


def read_custom_id(custom_id: str) -> CustomId:
    """Return what `AgentTask.custom_id` wrote.

    Raises:
        ValueError: The text is not one of those.
    """
    parts = custom_id.split("/")
    if len(parts) != 4 or not all(parts) or parts[0] not in AGENT_NAMED:
        raise ValueError(f"the custom_id {custom_id[:80]!r} was not written by airloom knowledge questions")
    agent, prompt, digest, object_id = parts
    return CustomId(AgentKey(agent, unquote(object_id), digest), prompt)
