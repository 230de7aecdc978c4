"""What the agents may choose from: the terms of the shop, and those that a question offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.agents.agents import Agent, Choice
from airloom.knowledge.critic.shop_terms import NodePath, ShopTerms, terms_of
from airloom.knowledge.intent_links import IntentLinks
from airloom.logs.lake import Lake

MAX_OPTIONS: Final = {Choice.CATEGORIES: 40, Choice.NEEDS: 16}
"""Terms that one question offers: all of a small shop, else the nearest to the product's title."""


def shop_terms(links: IntentLinks) -> ShopTerms:
    """Return the categories that hold products and the needs that content leads to, as linked on a day."""
    paths = links.label_paths()

    def terms(nodes: NDArray[np.int64]) -> dict[str, NodePath]:
        used = np.unique(nodes[nodes != NO_NODE])
        return terms_of(tuple(path) for path in paths.take(pa.array(used)).to_pylist())

    return ShopTerms(terms(links.product_categories), terms(links.needs))


class ShopChoices:
    """The shop at the end of a day; linked, and its terms encoded, when they are first needed.

    Args:
        lake: Keeps the vectors of terms and titles.
        links: Returns the linked intents of the day.
        encoder: Turns texts into vectors.
    """

    def __init__(self, lake: Lake, *, links: Callable[[], IntentLinks], encoder: TextEncoder) -> None:
        self._links = links
        self._cache = EmbeddingCache(lake, encoder)

    @cached_property
    def terms(self) -> ShopTerms:
        """What relations and bridges may name."""
        return shop_terms(self._links())

    def terms_for(self, agent: Agent) -> Mapping[str, NodePath]:
        """Return the terms that an agent chooses from; none if its values are free."""
        match agent.choice:
            case Choice.CATEGORIES:
                return self.terms.categories
            case Choice.NEEDS:
                return self.terms.needs
            case _:
                return {}

    def options(self, agent: Agent, products: pa.Table) -> list[list[str]]:
        """Return what each question about `products` offers, in alphabetical order.

        Args:
            agent: One that offers terms.
            products: Have a title.
        """
        terms, count = list(self.terms_for(agent)), MAX_OPTIONS[agent.choice]
        if len(terms) <= count:
            return [terms] * products.num_rows
        vectors = self._cache.encode(products["title"].to_pylist())
        scores = vectors @ self._vectors[agent.choice].T
        nearest = np.argsort(-scores, axis=1, kind="stable")[:, :count]
        return [[terms[column] for column in sorted(row)] for row in nearest.tolist()]

    @cached_property
    def _vectors(self) -> dict[Choice, NDArray[np.float32]]:
        """The vectors of all terms, float32 [terms, D], each after the label above it, for the sense."""
        return {
            choice: self._cache.encode([": ".join(path[-2:]) for path in paths.values()])
            for choice, paths in (
                (Choice.CATEGORIES, self.terms.categories),
                (Choice.NEEDS, self.terms.needs),
            )
        }
