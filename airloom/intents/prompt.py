"""The prompt that a language model answers about one atom: `prompt.md` beside this file, or a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from airloom.errors import AirloomError
from airloom.intents.atoms import ANY_PROFILE
from airloom.llm.prompt import Message, PromptTemplate, quoted, read_prompt, visible
from airloom.logs.contract import LIKE, VIEW

MAX_TITLE_LENGTH: Final = 300
MAX_DESCRIPTION_LENGTH: Final = 600
MAX_PROFILE_LENGTH: Final = 80
"""Characters of each text that a model gets to read."""

EVENT_TEXTS: Final = {VIEW: "watched this short video", LIKE: "watched and liked this short video"}
ANYBODY: Final = "anybody"


def event_messages(
    prompt: PromptTemplate, atom: Mapping[str, Any], *, top_categories: Sequence[str]
) -> list[Message]:
    """Return the chat about one atom: the instructions, the examples, the event.

    Everything about the event stands in one line of JSON (see `quoted`), so that no text in it can end the
    quotation, begin another turn or pass for an instruction.

    Args:
        prompt: Its last turn has `$event`; any may have `$sections`, the shop's top categories.
        atom: A row of `ATOM_SCHEMA`.
        top_categories: Of the shop.
    """
    bucket = atom["profile_bucket"]
    event = {
        "event": EVENT_TEXTS[atom["action"]],
        "viewer": ANYBODY if bucket == ANY_PROFILE else visible(bucket, MAX_PROFILE_LENGTH),
        "title": visible(atom["title"], MAX_TITLE_LENGTH),
    }
    if description := visible(atom.get("description") or "", MAX_DESCRIPTION_LENGTH):
        event["description"] = description
    return filled(prompt, top_categories=top_categories, event=quoted(event))


def filled(prompt: PromptTemplate, *, top_categories: Sequence[str], event: str) -> list[Message]:
    """Return the turns with the shop's top categories and the text of the event in their places."""
    sections = ", ".join(visible(category, MAX_PROFILE_LENGTH) for category in top_categories)
    return prompt.messages(sections=sections, event=event)


def shipped_prompt(name: str = "prompt.md") -> PromptTemplate:
    """Return a prompt that comes with Airloom: the one about an atom, or `history_prompt.md`."""
    return PromptTemplate(files("airloom.intents").joinpath(name).read_text(encoding="utf-8"))


def prompt_in(file: Path) -> PromptTemplate:
    """Return a user's own prompt.

    Raises:
        AirloomError: The file cannot be read, or `$event` does not stand in its last turn.
    """
    prompt = read_prompt(file)
    try:
        turns = filled(prompt, top_categories=[], event="\0")
    except (ValueError, KeyError) as error:
        raise AirloomError(
            f"The prompt {file} cannot be filled in ({error!r})",
            do="Use only $event and $sections, and write $$ for a dollar",
        ) from error
    if not turns or turns[-1]["role"] != "user" or "\0" not in turns[-1]["content"]:
        raise AirloomError(
            f"The prompt {file} does not end with a turn that shows the event",
            do="Begin its turns with lines === system, === user, === assistant; put $event into the last",
        )
    return prompt
