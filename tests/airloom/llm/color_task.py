"""The smallest whole task: which color a product has, by its title."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pyarrow as pa
from pydantic import BaseModel

from airloom.llm.prompt import Message, PromptTemplate, quoted
from airloom.llm.reply_format import ReplyFormat, ReplyGrammar, validated
from airloom.llm.store.answer_table import AnswerTable

COLORS: Final = ("", "red", "green", "blue")


class ProductKey(NamedTuple):
    """The key of a question."""

    product_id: str


class ColorReply(BaseModel):
    """A reply as a model writes it."""

    color: str


def parse_color(text: str) -> str:
    """Return the color in a reply; empty if the title names none."""
    color = validated(text, ColorReply).color
    if color not in COLORS:
        raise ValueError("color: not one of the palette")
    return color


GRAMMAR: Final = ReplyGrammar(
    lark='start: "{\\"color\\":\\"" ("red" | "green" | "blue") "\\"}"',
    alphabet=string.ascii_lowercase + '{}":',
    max_length=len('{"color":"green"}'),
)
COLOR_REPLY: Final = ReplyFormat("color", ColorReply.model_json_schema(), parse_color, GRAMMAR)
COLOR_ANSWERS: Final = AnswerTable[str](
    id_column="question_id",
    key_columns=ProductKey._fields,
    value_columns=(("color", pa.string()),),
    to_columns=lambda color: {"color": color},
    schema_version="1",
)


class ColorTask:
    """A `Task` whose questions are rows of product_id and title."""

    prompt = PromptTemplate("=== system\nName the color.\n=== user\n$title\n")
    reply = COLOR_REPLY
    answers = COLOR_ANSWERS

    @property
    def prompt_version(self) -> str:
        return self.prompt.version

    def key(self, question: Mapping[str, Any]) -> ProductKey:
        return ProductKey(question["product_id"])

    def messages(self, question: Mapping[str, Any]) -> list[Message]:
        return self.prompt.messages(title=quoted(question["title"]))

    def shortest_messages(self) -> list[Message]:
        return self.messages({"title": ""})

    def custom_id(self, key: ProductKey) -> str:
        return key.product_id
