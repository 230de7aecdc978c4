"""Chats as the token ids that a causal language model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airloom.errors import AirloomError
from airloom.llm.prompt import Message


def chat_tokens(tokenizer: Any, chats: Sequence[list[Message]]) -> list[list[int]]:
    """Return each chat up to where the model's reply begins, by the chat template if the tokenizer has one.

    A template that knows thinking is told to leave it out: the reply must begin with the answer. A template
    without a system turn gets the instructions at the beginning of the first user turn. A tokenizer without
    a template (that of a base model) gets the turns as plain text. Only the template writes special tokens:
    what looks like one in a chat is text.

    Raises:
        AirloomError: The template takes no such chat.
    """
    from jinja2 import TemplateError

    if not chats:
        return []
    if tokenizer.chat_template is None:
        ids: list[list[int]] = tokenizer([_plain(chat) for chat in chats], split_special_tokens=True)[
            "input_ids"
        ]
        return ids
    try:
        return _by_template(tokenizer, chats)
    except TemplateError:
        try:
            return _by_template(tokenizer, [_without_system(chat) for chat in chats])
        except TemplateError as error:
            raise AirloomError(
                f"The model's chat template takes no chat with examples ({error})", do="Choose another model"
            ) from error


def shared_prefix(prompts: Sequence[list[int]]) -> list[int]:
    """Return the tokens with which all prompts begin, short of the last token of any."""
    first, last = min(prompts), max(prompts)  # what these two share, those in between share too
    limit = min(map(len, prompts)) - 1
    pairs = enumerate(zip(first, last, strict=False))
    return first[: min(limit, next((index for index, (a, b) in pairs if a != b), limit))]


def _by_template(tokenizer: Any, chats: Sequence[list[Message]]) -> list[list[int]]:
    ids: list[list[int]] = tokenizer.apply_chat_template(
        list(chats),
        add_generation_prompt=True,
        enable_thinking=False,
        sanitize_control_tokens=True,
        return_dict=False,
    )
    return ids


def _without_system(chat: list[Message]) -> list[Message]:
    instructions, first, *rest = chat
    return [{"role": "user", "content": f"{instructions['content']}\n\n{first['content']}"}, *rest]


def _plain(chat: list[Message]) -> str:
    turns = [f"{turn['role'].capitalize()}:\n{turn['content']}\n" for turn in chat]
    return "\n".join([*turns, "Assistant:\n"])
