"""The reply of an agent: a JSON object with a list of values for each of its relations."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, RootModel

from airloom.intents.paths import english_label, normalize_label
from airloom.intents.reply_bounds import ASKED as LABEL_BOUNDS
from airloom.intents.reply_grammar import LABEL_PATTERN
from airloom.knowledge.agents.agents import Agent, Choice
from airloom.knowledge.agents.remarks import Remarks, Statement
from airloom.knowledge.agents.reply_grammar import reply_grammar
from airloom.knowledge.claims import MAX_VALUE_LENGTH, MAX_VALUES
from airloom.llm.reply_format import ReplyFormat, validated

ASKED_VALUES: Final = 4
"""Values of one relation that the prompt asks for; up to `MAX_VALUES` are accepted."""


class AgentReply(RootModel[dict[str, Annotated[list[str], Field(max_length=MAX_VALUES)]]]):
    """A whole reply as a model writes it."""

    model_config = ConfigDict(strict=True)


def agent_reply(agent: Agent) -> ReplyFormat[Remarks]:
    """Return the form of an agent's replies."""
    return ReplyFormat(
        f"product_{agent.name}",
        _schema(agent),
        partial(parse_reply, agent=agent),
        reply_grammar(agent.relations, max_values=ASKED_VALUES),
    )


def parse_reply(text: str, *, agent: Agent) -> Remarks:
    """Return the statements in a reply, each once, in the order of the agent's relations.

    A relation that is left out has no values. Which values are offered is not known here.

    Raises:
        ValueError: The text is not a valid reply; the message is the reason, without the text itself.
    """
    values = validated(text, AgentReply).root
    if not values.keys() <= set(agent.relations):
        raise ValueError(f"a key is not one of {', '.join(agent.relations)}")
    statements = [
        Statement(relation, _value(value, agent))
        for relation in agent.relations
        for value in values.get(relation, ())
    ]
    return tuple(dict.fromkeys(statements))


def _value(text: str, agent: Agent) -> str:
    value = normalize_label(text)
    if agent.choice == Choice.ENGLISH:
        value = english_label(value)
    if not any(map(str.isalnum, value)):
        raise ValueError("a value has no letter or digit")
    return value


def _schema(agent: Agent) -> dict[str, Any]:
    value: dict[str, Any] = {"maxLength": MAX_VALUE_LENGTH if agent.offers else LABEL_BOUNDS.max_label_length}
    if agent.choice == Choice.ENGLISH:
        value = {"pattern": LABEL_PATTERN}
    values = {"type": "array", "maxItems": ASKED_VALUES, "items": {"type": "string", **value}}
    return {
        "type": "object",
        "properties": {str(relation): values for relation in agent.relations},
        "required": [str(relation) for relation in agent.relations],
        "additionalProperties": False,
    }
