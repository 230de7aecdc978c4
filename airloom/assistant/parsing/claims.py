"""What a request takes for a fact about something that it names: "X by Y", "Y's X", "Y starred in it"."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from airloom.assistant.parsing import cues
from airloom.assistant.parsing.request_text import RequestText, TextPhrase

MAX_WORDS_TO_BY: Final = 3
"""Between the word for a relation and "by", as in "the cinematography done by"."""


class TextClaim(NamedTuple):
    """A title, the words that the request takes for its value, and the word for the relation, if any."""

    title: TextPhrase
    value: range
    relation: str | None


def claims_of_values(text: RequestText, phrases: Sequence[TextPhrase]) -> Iterator[TextClaim]:
    """Yield each title with the value of the catalogue that is said to be its own: "X by Y", "Y's X"."""
    for first, second in itertools.pairwise(phrases):
        between = tuple(
            stem
            for stem in text.stems(range(first.words.stop, second.words.start))
            if stem not in cues.DETERMINERS
        )
        clauses_apart = text.clauses[second.words.start] - text.clauses[first.words.stop - 1]
        is_claim = (not clauses_apart and between in cues.CLAIMS) or (
            clauses_apart <= 1 and between in cues.APPOSITIONS
        )
        if first.is_title and not second.is_title and is_claim:
            yield TextClaim(first, second.words, None)
        owner = text.words[first.words.stop - 1]
        possessive = text.query[owner.end - 2 : owner.end] in ("'s", "\u2019s")
        if second.is_title and not first.is_title and not between and possessive:
            yield TextClaim(second, first.words, None)


def claims_of_names(
    text: RequestText, titles: Sequence[TextPhrase], relation_called: Callable[[str], str | None]
) -> Iterator[TextClaim]:
    """Yield what is said to be somebody's, whether the catalogue knows the name or not.

    "I loved the Cloud Bed, and above all the fabric made by Nest" is about the title before it, or the first.
    """
    for start, word in enumerate(text.words):
        if not titles or relation_called(word.stem) is None:
            continue
        for by in range(start + 1, min(start + MAX_WORDS_TO_BY + 1, len(text.words) - 1)):
            if text.words[by].stem == "by" and text.clauses[by + 1] == text.clauses[start]:
                name = text.name_at(by + 1)
                before = [title for title in titles if title.words.stop <= start]
                if name and not any(set(name) & set(title.words) for title in titles):
                    yield TextClaim((before or titles)[-1 if before else 0], name, word.stem)
                break


def claims_of_verbs(
    text: RequestText,
    titles: Sequence[TextPhrase],
    values: Sequence[range],
    relation_called: Callable[[str], str | None],
) -> Iterator[TextClaim]:
    """Yield what somebody is said to have done: "X starred in it" is about the title before, or after it.

    What is only supposed ("if X stars in it") is no claim.
    """
    for verb, relation in cues.CLAIM_VERBS if titles else ():
        for words in text.find([verb], set()) if relation_called(relation) is not None else ():
            known = (value for value in values if value.stop == words.start)
            name = next(known, text.name_before(words.start))
            title = _object_of(text, words.stop, titles)
            is_supposed = bool(name) and name.start > 0 and text.words[name.start - 1].stem == "if"
            if name and title is not None and not is_supposed and not set(name) & set(title.words):
                yield TextClaim(title, name, relation)


def _object_of(text: RequestText, start: int, titles: Sequence[TextPhrase]) -> TextPhrase | None:
    """Return the title that begins at a word, or that a pronoun there stands for; None without one."""
    for title in titles:
        if title.words.start in (start, start + 1) and text.counts(range(start, title.words.start)) == 0:
            return title
    if start < len(text.words) and text.words[start].stem in cues.PRONOUNS:
        return next((title for title in reversed(titles) if title.words.stop <= start), None)
    return None
