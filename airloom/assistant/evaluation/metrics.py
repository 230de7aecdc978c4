"""Metrics of one answer to one request; NaN where a metric says nothing about the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.collaborative import COLLABORATIVE
from airloom.assistant.graph.catalogue_graph import Edge
from airloom.assistant.wishes import INTENT, TEXT
from airloom.ranking.attribute_graph import AttributeGraph


def recall(rows: Sequence[int], satisfying: NDArray[np.int32], *, k: int) -> float:
    """Return the share of the products that answer which are among the first k: of k at most.

    >>> recall([7, 3, 5], np.array([3, 9]), k=2)
    0.5
    """
    if not len(satisfying):
        return float("nan")
    return len(set(rows[:k]) & set(satisfying.tolist())) / min(len(satisfying), k)


def ndcg(rows: Sequence[int], satisfying: NDArray[np.int32], *, k: int) -> float:
    """Return the discounted gain of the first k products over the best possible one.

    >>> ndcg([7, 3, 5], np.array([3]), k=10)
    0.6309297535714575
    """
    if not len(satisfying):
        return float("nan")
    right = set(satisfying.tolist())
    gains = 1 / np.log2(np.arange(2, k + 2))
    gained = sum(float(gain) for gain, row in zip(gains, rows, strict=False) if row in right)
    return gained / float(gains[: len(right)].sum())


def condition_match(
    rows: Sequence[int], stated: Sequence[NDArray[np.int32]] | None, graph: AttributeGraph, *, k: int
) -> float:
    """Return the share of the stated conditions that a product meets, over the first products.

    They are the first k, or as many as there are products that meet all of the conditions. NaN where no
    product does, or where what is stated is not known. A place without a product meets none.
    """
    if not stated:
        return float("nan")
    having = [frozenset(graph.products_with(values).tolist()) for values in stated]
    counted = min(k, len(frozenset.intersection(*having)))
    if not counted:
        return float("nan")
    return sum(row in products for row in rows[:counted] for products in having) / (counted * len(having))


class ClaimCheck:
    """Whether a graph says what answers say about products.

    Args:
        graph: Of the catalogue.
        index: The row of each product.
    """

    def __init__(self, graph: AttributeGraph, index: Mapping[str, int]) -> None:
        self._graph, self._index = graph, index
        pairs = zip(graph.relations, graph.values, strict=True)
        self._value_of = {pair: value for value, pair in enumerate(pairs)}

    def unsupported(self, answer: AssistantAnswer) -> float:
        """Return the share of what is said about products that it does not say; 0 if nothing is said.

        What the graph is not named for (words of a title, needs of intents, what people do) does not count.
        """
        claims = [
            (item.object_id, match.edge)
            for item in answer.items
            for match in item.matched
            if match.edge.source not in (TEXT, INTENT, COLLABORATIVE)
        ]
        wrong = sum(not self._says(object_id, edge) for object_id, edge in claims)
        return wrong / len(claims) if claims else 0.0

    def _says(self, object_id: str, edge: Edge) -> bool:
        value = self._value_of.get((edge.relation, edge.value))
        return value is not None and self._index.get(object_id) in self._graph.products(value)
