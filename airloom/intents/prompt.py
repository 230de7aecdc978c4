"""The prompt that a language model answers about one atom: `prompt.md` beside this file, or a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.errors import AirloomError
from airloom.intents.atoms import ANY_PROFILE
from airloom.intents.content_words import ContentWords
from airloom.llm.prompt import Message, PromptTemplate, quoted, read_prompt, visible
from airloom.logs.contract import LIKE, VIEW

MAX_TITLE_LENGTH: Final = 300
MAX_DESCRIPTION_LENGTH: Final = 600
MAX_PROFILE_LENGTH: Final = 80
"""Characters of each text that a model gets to read."""

ANYBODY: Final = "anybody"


class IntentPrompt(NamedTuple):
    """What is asked about an atom.

    Attributes:
        template: Its last turn has `$event`; any may have `$sections`, the shop's top categories, `$content`,
            what the platform calls one piece of content, and `$viewed` and `$liked`, the two events.
        words: What these stand for.
    """

    template: PromptTemplate
    words: ContentWords = ContentWords()

    @property
    def version(self) -> str:
        """That of the text; other words than the usual ones make another."""
        if self.words == ContentWords():
            return self.template.version
        return PromptTemplate("\0".join((self.template.text, *astuple(self.words)))).version


def event_messages(
    prompt: IntentPrompt, atom: Mapping[str, Any], *, top_categories: Sequence[str]
) -> list[Message]:
    """Return the chat about one atom: the instructions, the examples, the event.

    Everything about the event stands in one line of JSON (see `quoted`), so that no text in it can end the
    quotation, begin another turn or pass for an instruction.

    Args:
        prompt: What is asked.
        atom: A row of `ATOM_SCHEMA`.
        top_categories: Of the shop.
    """
    bucket = atom["profile_bucket"]
    event = {
        "event": prompt.words.event(atom["action"]),
        "viewer": ANYBODY if bucket == ANY_PROFILE else visible(bucket, MAX_PROFILE_LENGTH),
        "title": visible(atom["title"], MAX_TITLE_LENGTH),
    }
    if description := visible(atom.get("description") or "", MAX_DESCRIPTION_LENGTH):
        event["description"] = description
    return filled(prompt, top_categories=top_categories, event=quoted(event))


def filled(prompt: IntentPrompt, *, top_categories: Sequence[str], event: str) -> list[Message]:
    """Return the turns with the platform's words, its top categories and the event in their places."""
    return prompt.template.messages(
        sections=", ".join(visible(category, MAX_PROFILE_LENGTH) for category in top_categories),
        event=event,
        content=prompt.words.content,
        viewed=prompt.words.event(VIEW),
        liked=prompt.words.event(LIKE),
    )


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
        turns = filled(IntentPrompt(prompt), top_categories=[], event="\0")
    except (ValueError, KeyError) as error:
        raise AirloomError(
            f"The prompt {file} cannot be filled in ({error!r})",
            do="Use only $event, $sections, $content, $viewed and $liked, and write $$ for a dollar",
        ) from error
    if not turns or turns[-1]["role"] != "user" or "\0" not in turns[-1]["content"]:
        raise AirloomError(
            f"The prompt {file} does not end with a turn that shows the event",
            do="Begin its turns with lines === system, === user, === assistant; put $event into the last",
        )
    return prompt
