"""What a request says that no hard condition expresses: it ranks products, and never leaves one out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.answer import Match
from airloom.assistant.graph.catalogue_graph import CatalogueGraph, Edge
from airloom.assistant.graph.need_words import NamedNeed
from airloom.assistant.graph.relations import SOFT
from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing import cues
from airloom.assistant.understood import Condition, Understood
from airloom.knowledge.claims import Relation

TEXT: Final = "text"
"""Source of what only the words of a title say."""
INTENT: Final = "intent"
"""Source of a need whose intent paths lead to the category of a product."""
TITLE_WORDS: Final = "title_words"
"""Relation of a product to the words of its title."""
INTENT_WEIGHT: Final = 0.5
"""What a need that leads to nothing else counts, if a product that has all words counts 1. Chosen of .35, .5,
1 and 2 on the sample world, see docs/measurements/assistant.md."""
STEPS: Final = 20
"""Scores are rounded to this part of 1, so that among products that fit about alike the ranker decides."""


class Wishes(NamedTuple):
    """Words of a request that are looked for softly.

    Attributes:
        words: Stems.
        also: By a word of a soft condition, the rows that meet the condition: they have all its words.
        needs: Needs that have some of the words, and none of what is not wanted.
    """

    words: tuple[str, ...]
    also: Mapping[str, NDArray[np.int32]]
    needs: tuple[NamedNeed, ...]

    @classmethod
    def of(cls, understood: Understood, graph: CatalogueGraph) -> Wishes:
        """Return what a request wishes."""
        also = {
            stem: graph.snapshot.attributes.products_with(own.values)
            for own in understood.conditions
            if not own.negated and is_wish(own, graph)
            for stem in _words(own, graph)
        }
        words = tuple(dict.fromkeys((*understood.words, *also)))
        unwanted = [stems for own in understood.conditions if own.negated for stems in _unwanted(own)]
        labels = graph.snapshot.nodes.labels
        return cls(
            words,
            also,
            tuple(
                need
                for need in graph.need_words.nearest(words)
                if not any(stems.issubset(stems_of(labels[need.node])) for stems in unwanted)
            ),
        )

    def scores(self, graph: CatalogueGraph) -> NDArray[np.float32]:
        """Return how much speaks for each object, float32 [O]: words first, and needs."""
        count = len(graph.snapshot.objects.ids)
        by_words = graph.product_words.scores(self.words, count, also=self.also)
        by_needs = graph.need_words.scores(self.needs, count)
        summed = by_words + np.float32(INTENT_WEIGHT) * by_needs
        return (np.round(summed * STEPS) / STEPS).astype(np.float32)

    def matches(self, row: int, met: Sequence[Match], graph: CatalogueGraph) -> Iterator[Match]:
        """Yield what speaks for a product, besides the conditions that it meets: words, then one need.

        Args:
            row: Of the product.
            met: Conditions that it meets.
            graph: Of the snapshot that is searched.
        """
        stems_met = {stem for match in met for stem in (*stems_of(match.text), *stems_of(match.edge.value))}
        left = [stem for stem in self.words if stem not in stems_met]
        in_title = set(stems_of(graph.snapshot.objects.titles[row]))
        if words := [stem for stem in left if stem in in_title]:
            yield Match(" ".join(words), Edge(TITLE_WORDS, " ".join(words), TEXT, 1.0))
        known = {(match.edge.relation, match.edge.value) for match in met}
        left = [stem for stem in left if stem not in in_title]
        for edge in graph.own_edges(row) if left else ():
            in_value = stems_of(edge.value)
            words = [stem for stem in left if stem in in_value]
            if words and (edge.relation, edge.value) not in known:
                left = [stem for stem in left if stem not in words]
                yield Match(" ".join(words), edge)
        yield from self._need(row, known, graph)

    def _need(self, row: int, known: set[tuple[str, str]], graph: CatalogueGraph) -> Iterator[Match]:
        leaf = int(graph.snapshot.objects.leaves[row])
        for node, closeness in self.needs:
            label = graph.snapshot.nodes.labels[node]
            if (str(Relation.NEED), label) not in known and graph.need_words.leads_to(node, leaf):
                in_label = stems_of(label)
                words = [stem for stem in self.words if stem in in_label]
                yield Match(" ".join(words), Edge(str(Relation.NEED), label, INTENT, round(closeness, 4)))
                return


def is_wish(condition: Condition, graph: CatalogueGraph) -> bool:
    """Return whether a condition is about what nobody lists completely, and may be found in other words."""
    return not condition.is_hard and graph.relations_of(condition.values) <= SOFT


def _unwanted(condition: Condition) -> list[set[str]]:
    """Return the words that no need may have, of a compound all of them at once."""
    stems = stems_of(condition.text)
    return [{*stems}] if condition.together else [{stem} for stem in stems]


def _words(condition: Condition, graph: CatalogueGraph) -> list[str]:
    values = [graph.snapshot.attributes.values[value] for value in condition.values.tolist()]
    return [stem for value in values for stem in stems_of(value) if stem not in cues.FILLERS]
