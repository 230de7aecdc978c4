"""A request is data: whatever it says, it changes nothing but its own answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pytest

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.assistant import NO_REASON, answer
from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.language_model import PROMPT, LanguageModelParser
from airloom.assistant.parsing.parsed_request import ParsedRequest, RequestParser
from airloom.assistant.parsing.reply import readings
from airloom.assistant.turns import understand
from airloom.assistant.understood import PRICE
from airloom.llm.outcome import Usage
from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.server.chat_client import Completion
from tests.airloom.assistant.injections import INJECTIONS, NAMES, TEXTS, obeying, repeating
from tests.airloom.assistant.small_catalogue import GRAPH, PARSER, SNAPSHOT, is_true

ATTRIBUTES: Final = SNAPSHOT.attributes
CATALOGUE: Final = [
    *ATTRIBUTES.values,
    *ATTRIBUTES.relations,
    *SNAPSHOT.objects.titles,
    *SNAPSHOT.nodes.labels,
]
SENTENCES: Final = (
    "of the kind of; by the maker of; goes with; after; the color of A and B; A or B; A, but not B; "
    "each is of color A; there is “A”; the shop knows nothing of this title; something goes with A; "
    "the catalogue does not say what does; A has a maker; the catalogue names no brand of it; "
    "its color is A; it names no color of it; "
    f"{PRICE}; title words: A; {NO_REASON}"
)
"""What the assistant says in words of its own."""
OWN: Final = {stem for text in (SENTENCES, *CATALOGUE) for stem in stems_of(text.replace("_", " "))}


class ObedientModel:
    """A model that replies as a function of the requests says, and keeps what it was asked."""

    def __init__(self, reply_to: Callable[[Sequence[str]], str]) -> None:
        self._reply_to = reply_to
        self.asked: list[list[Message]] = []

    def complete(self, messages: Sequence[Message], *, reply: ReplyFormat[Any]) -> Completion:
        self.asked.append(list(messages))
        queries = json.loads(messages[-1]["content"])["requests"]
        assert reply is readings(len(queries))
        return Completion(self._reply_to(queries), cut=False, usage=Usage(1))


PARSERS: Final[dict[str, RequestParser]] = {
    "rules": PARSER,
    "obeying": LanguageModelParser(ObedientModel(obeying), GRAPH),
    "repeating": LanguageModelParser(ObedientModel(repeating), GRAPH),
}


def answered(turns: Sequence[ParsedRequest]) -> AssistantAnswer:
    scores_of = SNAPSHOT.objects.popularity.__getitem__
    return answer(understand(turns, GRAPH), GRAPH, scores_of=scores_of, count=10)


def shown(given: AssistantAnswer) -> Iterator[str]:
    """Yield every text of an answer that is shown to people, without the items' own fields."""
    understood = given.understood
    yield from (condition.text for condition in understood.conditions)
    yield from (reference.title for reference in understood.references)
    yield from (text for correction in understood.corrections for text in correction)
    yield from (*understood.unknown, *understood.words, *given.relaxed)
    for item in given.items:
        yield from (item.reason, *item.unmatched, *(match.text for match in item.matched))


def test_the_corpus_has_many_of_each_kind() -> None:
    kinds = {kind: sum(own.kind == kind for own in INJECTIONS) for kind, _ in INJECTIONS}
    assert len(set(TEXTS)) == len(TEXTS) >= 40
    assert min(kinds.values()) >= 3


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
def test_an_answer_has_products_on_sale_as_the_catalogue_has_them(parser: RequestParser, text: str) -> None:
    objects, on_sale = SNAPSHOT.objects, set(SNAPSHOT.products.tolist())
    for item in answered([parser.parse(text)]).items:
        row = SNAPSHOT.index[item.object_id]
        assert row in on_sale
        assert (item.title, item.price) == (objects.titles[row], objects.prices[row])
        assert all(is_true(match.edge, row) for match in item.matched)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
def test_every_text_is_of_the_request_or_the_catalogue(parser: RequestParser, text: str) -> None:
    asked = set(stems_of(text))
    asked |= {stem for word in asked for stem in stems_of(word)}  # words that are looked for are stems
    for own in shown(answered([parser.parse(text)])):
        assert set(stems_of(own)) <= asked | OWN, own


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
def test_another_request_is_answered_as_before(parser: RequestParser, text: str) -> None:
    other = [PARSER.parse("black shelf 2, under 50 euros")]
    before = answered(other)
    answered([parser.parse(text)])
    assert repr(answered(other)) == repr(before)


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_a_model_gets_it_as_one_string_of_the_last_message(text: str) -> None:
    model = ObedientModel(repeating)
    LanguageModelParser(model, GRAPH).parse_turns([text, "only in black"])
    [messages] = model.asked
    *others, last = messages
    assert others == PROMPT.messages(queries="[]")[:-1]
    assert [message["role"] for message in messages].count("system") == 1
    assert last["role"] == "user"
    assert json.loads(last["content"]) == {"requests": [text, "only in black"]}
    assert "\n" not in last["content"]
    for marker in ("<|", "</s>", "<<SYS>>", "<start_of_turn>", "[INST]", "[SYSTEM_PROMPT]"):
        assert marker not in last["content"]
