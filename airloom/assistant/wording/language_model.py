"""Asks a language model for a sentence about each product of an answer, and keeps those that hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from airloom.assistant.answer import Item
from airloom.assistant.chat import Chat
from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.wording.evidence import facts_of
from airloom.assistant.wording.guard import BrokenRule, broken_rule
from airloom.assistant.wording.reply import SENTENCES
from airloom.llm.prompt import quoted, read_prompt

PROMPT: Final = read_prompt(Path(__file__).with_name("prompt.md"))
MAX_WORDED: Final = 10
"""Products of an answer that get a sentence, the first ones: a reply has to be short to come in time."""


class WordedItems(NamedTuple):
    """The products of an answer, and what became of the sentences about them.

    Attributes:
        items: In the same order; of a sentence that was struck, the graph's reason is kept.
        shown: How many sentences replace reasons.
        struck: The rule that each of the others breaks.
    """

    items: tuple[Item, ...]
    shown: int = 0
    struck: tuple[BrokenRule, ...] = ()


def worded(
    items: Sequence[Item], queries: Sequence[str], *, chat: Chat, catalogue: CatalogueWords
) -> WordedItems:
    """Return products with a language model's sentences as reasons, where these say what the catalogue says.

    Products that meet no condition keep the graph's reason, which says so.

    Args:
        items: The best first.
        queries: The requests of the conversation, which are data.
        chat: Asked once; not at all if no product meets a condition.
        catalogue: Its words.

    Raises:
        NoReplyError: The model did not reply.
        BudgetSpentError: The reply might cost more than what is left.
        ValueError: The reply has another form; the message does not have its text.
    """
    asked = {position: item for position, item in enumerate(items[:MAX_WORDED], start=1) if item.matched}
    if not asked:
        return WordedItems(tuple(items))
    products = [_evidence(position, item) for position, item in asked.items()]
    messages = PROMPT.messages(requests=quoted(list(queries)), products=quoted(products))
    completion = chat.complete(messages, reply=SENTENCES)
    if completion.cut:
        raise ValueError("the reply is cut off")
    return _checked(items, asked, SENTENCES.parse(completion.text), catalogue)


def _evidence(position: int, item: Item) -> dict[str, object]:
    return {"position": position, "title": item.title, "price": item.price, "facts": facts_of(item)}


def _checked(
    items: Sequence[Item],
    asked: Mapping[int, Item],
    sentences: Mapping[int, str],
    catalogue: CatalogueWords,
) -> WordedItems:
    kept, struck = list(items), []
    for position in asked.keys() & sentences.keys():
        sentence, item = sentences[position].strip(), asked[position]
        rule = broken_rule(sentence, item, catalogue)
        if rule is None:
            kept[position - 1] = item._replace(reason=sentence, reason_source="llm")
        else:
            struck.append(rule)
    shown = sum(item.reason_source == "llm" for item in kept)
    return WordedItems(tuple(kept), shown, tuple(struck))
