"""Reads requests with a language model, which has one call for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from airloom.assistant.chat import Chat
from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.grounding import grounded
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.reply import readings
from airloom.assistant.parsing.request_text import RequestText
from airloom.assistant.parsing.rules import RulesParser
from airloom.llm.prompt import Message, PromptTemplate, quoted, read_prompt

PROMPT: Final = read_prompt(Path(__file__).with_name("prompt.md"))
"""For any model: rules and examples."""
TUNED_PROMPT: Final = read_prompt(Path(__file__).with_name("tuned_prompt.md"))
"""For a model that was fine-tuned with it (`airloom.assistant.rft`): it knows the rules."""


class LanguageModelParser:
    """Parses with a language model; what it makes up is left out, and amounts are read by rules.

    Args:
        chat: Asked for one reading of each request.
        words: Of the catalogue.
        prompt: What the model is asked with.
    """

    def __init__(self, chat: Chat, words: CatalogueWords, prompt: PromptTemplate = PROMPT) -> None:
        self._chat, self._words, self._prompt = chat, words, prompt

    def parse(self, query: str) -> ParsedRequest:
        """Return the parts of a request; see `parse_turns`."""
        [parsed] = self.parse_turns([query])
        return parsed

    def parse_turns(self, queries: Sequence[str]) -> list[ParsedRequest]:
        """Return the parts of each request of a conversation, by one reply.

        Raises:
            NoReplyError: The model did not reply.
            BudgetSpentError: The reply might cost more than what is left.
            ValueError: The reply is none of these requests' parts; the message does not have its text.
        """
        completion = self._chat.complete(messages_for(queries, self._prompt), reply=readings(len(queries)))
        if completion.cut:
            raise ValueError("the reply is cut off")
        return readings_in(completion.text, queries, self._words)


def messages_for(queries: Sequence[str], prompt: PromptTemplate) -> list[Message]:
    """Return what a model is asked for the readings of some requests."""
    return prompt.messages(queries=quoted(list(queries)))


def readings_in(reply: str, queries: Sequence[str], words: CatalogueWords) -> list[ParsedRequest]:
    """Return the readings of some requests in a reply, without what neither they nor the catalogue say.

    Raises:
        ValueError: The reply is none of these requests' parts; the message does not have its text.
    """
    parsed = readings(len(queries)).parse(reply)
    return [checked(reading, query, words) for reading, query in zip(parsed, queries, strict=True)]


def checked(reading: ParsedRequest, query: str, words: CatalogueWords) -> ParsedRequest:
    """Return a reading of a model without what it made up, with the prices and the words that it leaves out.

    Prices are those that rules read. A word of the request that no part of the reading has is looked for
    softly: a model decides what is required, and cannot drop a word unseen.
    """
    prices = RulesParser(words).prices(query)
    parsed = grounded(reading, query, words)
    text = RequestText.of(query, prices.phrases)
    mentioned = {stem for part in _texts_of(parsed, words) for stem in stems_of(part)}
    used = {index for index, stem in enumerate(text.all_stems) if stem in mentioned}
    return parsed._replace(
        price_range=prices.price_range,
        price_claims=prices.claims,
        rest=(*parsed.rest, *text.rest(used)),
    )


def _texts_of(parsed: ParsedRequest, words: CatalogueWords) -> Iterator[str]:
    """Yield the texts of a reading that say something of what is wanted."""
    for condition in parsed.conditions:
        yield from (condition.text, *condition.alternatives)
    yield from (reference.title for reference in parsed.references)
    for claim in parsed.claims:
        if len(words.titles.exact(claim.title)):  # else it is about nothing
            yield from (claim.title, claim.value, claim.relation or "")
    yield from (parsed.in_common or "", *parsed.rest)
