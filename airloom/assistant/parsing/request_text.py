"""The words of a request with their clauses, and what the words before a phrase say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from airloom.assistant.graph.words import Word, words_of
from airloom.assistant.parsing import cues
from airloom.assistant.parsing.parsed_request import How
from airloom.assistant.parsing.price_range import PriceRangePhrase

BOUNDARIES: Final = frozenset(",.;:!?()\n")
"""Characters at which a clause ends, and with it what a negation is about."""
MAX_CUE_DISTANCE: Final = 3
"""Words between a cue and the title or value that it is about, such as "the" and "old"."""
_YEAR: Final = re.compile(r"\s*\(\d{4}\)")
"""After a name it is a part of the name, as in "Little Women (1994)"."""
QUOTES: Final = "\"'“”„«»‘’「」『』"


class TextPhrase(NamedTuple):
    """A phrase of a request: which of its words, as they are written, and whether it is a title."""

    words: range
    text: str
    is_title: bool


class RequestText(NamedTuple):
    """A request's words, without those of its prices and of years after names.

    Attributes:
        query: The whole request.
        words: In their order; ranges of words are of indices into this.
        clauses: The clause of each word, counted from 0.
        all_stems: Of the words; cues are looked for at every word, so they are compared with slices of it.
    """

    query: str
    words: list[Word]
    clauses: list[int]
    all_stems: tuple[str, ...]

    @classmethod
    def of(cls, query: str, prices: Iterable[PriceRangePhrase]) -> RequestText:
        """Return the words of a request some of whose prices are already known."""
        years = [match.span() for match in _YEAR.finditer(query)]
        spans = [*years, *((price.start, price.end) for price in prices)]
        words = [
            word
            for word in words_of(query)
            if all(word.end <= start or word.start >= end for start, end in spans)
        ]
        clauses, clause, end = [], 0, 0
        for word in words:
            clause += bool(BOUNDARIES.intersection(query[end : word.start])) or word.stem == "but"
            clauses.append(clause)
            end = word.end
        return cls(query, words, clauses, tuple(word.stem for word in words))

    def written(self, words: range) -> str:
        """Return some words as the request writes them."""
        return self.query[self.words[words.start].start : self.words[words.stop - 1].end]

    def stems(self, words: range) -> tuple[str, ...]:
        """Return the stems of some words."""
        return self.all_stems[words.start : words.stop]

    def is_quoted(self, words: range) -> bool:
        """Return whether some words stand in quotation marks."""
        start, end = self.words[words.start].start, self.words[words.stop - 1].end
        before, after = self.query[max(start - 1, 0) : start], self.query[end : end + 1]
        return bool(before and after) and before in QUOTES and after in QUOTES

    def negation(self, start: int, used: set[int]) -> range | None:
        """Return the words that negate what begins at a word: of its clause, close, not used for anything."""
        distance = 0
        for end in range(start, 0, -1):
            if self.clauses[end - 1] != self.clauses[start]:
                return None
            for cue in cues.NEGATIONS:
                if end - 1 not in used and self._ends_with(end, cue):
                    return range(end - len(cue), end)
            distance += end - 1 not in used and self.words[end - 1].stem not in cues.CONJUNCTIONS
            if distance > MAX_CUE_DISTANCE:
                return None
        return None

    def cue_of_reference(self, start: int) -> How | None:
        """Return what is wanted with the title that begins at a word; None without a cue before it."""
        best: tuple[int, int, How] | None = None
        for end in range(start, max(start - MAX_CUE_DISTANCE, 0) - 1, -1):
            if end and self.clauses[end - 1] != self.clauses[start]:
                break
            for how, phrases in cues.REFERENCES.items():
                for cue in phrases:
                    if self._ends_with(end, cue) and (best is None or len(cue) > best[0]):
                        best = (len(cue), end, how)
        return None if best is None else best[2]

    def goes_with_it(self, words: range) -> range | None:
        """Return those of some words that ask what goes with the thing named before them, as "it"."""
        for end in words:
            if self.words[end].stem in cues.PRONOUNS:
                for cue in cues.REFERENCES[How.GOES_WITH]:
                    if end - len(cue) >= words.start and self._ends_with(end, cue):
                        return range(end - len(cue), end + 1)
        return None

    def is_beside(self, start: int) -> bool:
        """Return whether the value that begins at a word is of another thing, with which a product goes.

        "Matching" is a cue only before an article: a matching red shelf is a red shelf.
        """
        if self.cue_of_reference(start) is not How.GOES_WITH:
            return False
        for cue in range(start - 1, max(start - MAX_CUE_DISTANCE, 0) - 1, -1):
            if self.words[cue].stem == "matching":
                return self.words[cue + 1].stem in cues.DETERMINERS
        return True

    def counts(self, words: range) -> int:
        """Return how many of some words are no articles."""
        return sum(stem not in cues.DETERMINERS for stem in self.stems(words))

    def is_named(self, words: range) -> bool:
        """Whether some words are surely a name: a year follows, or a cue of a reference is right before them.

        Words before a capital are a part of a longer name, which the catalogue does not have, unless that is
        a word of every request, as in "Like Rope But Cheaper".
        """
        after = self.words[words.stop - 1].end
        if _YEAR.match(self.query, after):
            return True
        start, last = words.start, words.stop - 1
        if words.stop < len(self.words) and self.clauses[last] == self.clauses[words.stop]:
            following, tells = self.words[words.stop], self.tells(range(words.stop, words.stop + 1))
            capitals = self.query[following.start].isupper() and self.query[self.words[last].start].isupper()
            if capitals and tells:
                return False
        while start and self.words[start - 1].stem in cues.DETERMINERS:
            start -= 1
        return any(self._ends_with(start, cue) for phrases in cues.REFERENCES.values() for cue in phrases)

    def name_before(self, stop: int) -> range:
        """Return the words of a clause before `stop` that are written with a capital; empty without one.

        The first word of a sentence has a capital in any case: a word of every request is no name.
        """
        start = stop
        while (
            start
            and self.clauses[start - 1] == self.clauses[stop]
            and self.query[self.words[start - 1].start].isupper()
        ):
            start -= 1
        if start < stop and not self.tells(range(start, start + 1)):
            start += 1
        return range(start, stop)

    def name_at(self, start: int) -> range:
        """Return the words of a clause from `start` on that are written with a capital; empty without one."""
        end = start
        while (
            end < len(self.words)
            and self.clauses[end] == self.clauses[start]
            and self.query[self.words[end].start].isupper()
        ):
            end += 1
        return range(start, end)

    def in_common(self, used: set[int], relation_called: Callable[[str], str | None]) -> str | None:
        """Return the word for what the named things are to have in common; None if nothing is said of it.

        It is the word after the first "same"; else the first word for a relation, as in "its color is great";
        else empty if only the like is said.
        """
        cue_words = list(self.find(cues.IN_COMMON, used))
        after_same = [words.stop for words in cue_words if self.stems(words) == ("same",)]
        named = [self.words[index].stem for index in after_same if index < len(self.words)]
        in_cues = {index for cue in self.find(cues.REFERENCES[How.SAME_BRAND], used) for index in cue}
        relation_words = [
            word.stem
            for index, word in enumerate(self.words)
            if index not in used | in_cues
            and relation_called(word.stem) is not None
            and not (index and self.words[index - 1].stem in cues.NOT_THE_SAME)
        ]
        candidates = [*(word for word in named if relation_called(word) is not None), *relation_words, *named]
        return next(iter(candidates), "" if cue_words else None)

    def find(self, phrases: Sequence[tuple[str, ...]], used: set[int]) -> Iterator[range]:
        """Yield the words of each of some phrases, where they are not used for anything else."""
        for start in range(len(self.words)):
            for phrase in phrases:
                if self.all_stems[start : start + len(phrase)] != phrase:
                    continue
                words = range(start, start + len(phrase))
                if not used.intersection(words):
                    yield words
                    break

    def tells(self, words: range) -> bool:
        """Whether any of some words may say something about a product."""
        return not {*self.stems(words)} <= cues.FILLERS | cues.CUE_WORDS

    def rest(self, used: set[int]) -> list[str]:
        """Return the words as written that are not used or negated and may say what a product should be."""
        return [
            self.written(range(index, index + 1))
            for index in self._left(used)
            if self.negation(index, used) is None
        ]

    def negated_rest(self, used: set[int]) -> Iterator[TextPhrase]:
        """Yield the negated words that are not used and may say what a product should not be."""
        for index in self._left(used):
            if self.negation(index, used) is not None:
                words = range(index, index + 1)
                yield TextPhrase(words, self.written(words), is_title=False)

    def _left(self, used: set[int]) -> Iterator[int]:
        for index in range(len(self.words)):
            if index not in used and self.tells(range(index, index + 1)):
                yield index

    def _ends_with(self, end: int, cue: tuple[str, ...]) -> bool:
        return end >= len(cue) and self.all_stems[end - len(cue) : end] == cue
