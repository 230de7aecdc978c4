"""What the snapshot and a user's events show of each signal, for the products of one page."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.causes import Cause
from airloom.ranking.base_features import is_commerce
from airloom.ranking.history import UserHistory
from airloom.ranking.neighbor_scores import neighbor_scores
from airloom.ranking.reasons.chains import MAX_REASON_EVENTS, Chains, chains_of
from airloom.ranking.snapshot import Snapshot

MIN_TITLE_SIMILARITY: Final = 0.5
"""Cosine from which two titles are called similar."""
MAX_PRICE_RATIO: Final = 1.25
"""Up to this factor two prices are called close."""


class PageFacts:
    """Looks up what shows a signal of a product; what is needed for a whole page, once.

    Args:
        snapshot: What is ranked.
        popular: bool [O], of `popular_products`.
        history: The user's events.
        products: int32 [n], rows of the snapshot.
        retrieved: int32 [n, K], `nodes` of `Ranking`.
        evidence: int32 [n, M], that of `Ranking`.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        popular: NDArray[np.bool_],
        *,
        history: UserHistory,
        products: NDArray[np.int32],
        retrieved: NDArray[np.int32],
        evidence: NDArray[np.int32],
    ) -> None:
        self._snapshot, self._popular, self._history = snapshot, popular, history
        self._products, self._retrieved, self._evidence = products, retrieved, evidence
        self._events = {
            Cause.INTENTS: self._behind_chain,
            Cause.BOUGHT_TOGETHER: self._bought_together,
            Cause.REPEAT: self._on_itself,
            Cause.TITLE: self._similar_titles,
            Cause.SEQUENCE: self._latest,
            Cause.PRICE: self._close_prices,
            Cause.POPULARITY: self._popularity,
            Cause.INFERRED: self._inferred,
        }

    def events_of(self, signal: Cause, index: int) -> list[int] | None:
        """Return the events that show a signal of the product at `index`, strongest first.

        None if nothing shows it; an empty list for popularity and inferred behaviors, which need no event.
        """
        return self._events[signal](index)

    def chain(self, index: int) -> list[int]:
        """Return the chain that speaks for the product at `index`, empty where none does."""
        return [node for node in self._chains.nodes[index].tolist() if node >= 0]

    def behavior(self, index: int) -> int | None:
        """Return the inferred behavior that speaks for the product at `index`, a row of the snapshot.

        It is the product itself, or the one with the most similar title if that is similar enough.
        """
        inferred, product = self._history.inferred.products, int(self._products[index])
        if not len(inferred) or product in inferred:
            return product if product in inferred else None
        texts = self._snapshot.texts.objects
        cosines = texts[inferred] @ texts[product]
        nearest = int(cosines.argmax())
        return int(inferred[nearest]) if cosines[nearest] > MIN_TITLE_SIMILARITY else None

    @cached_property
    def _chains(self) -> Chains:
        return chains_of(
            self._snapshot,
            self._history.objects,
            products=self._products,
            retrieved=self._retrieved,
            evidence=self._evidence,
        )

    @cached_property
    def _neighbor_weights(self) -> NDArray[np.float32]:
        """float32 [n, E]."""
        equal = np.ones(len(self._history.objects), np.float32)
        return neighbor_scores(self._snapshot.neighbors, self._history.objects, equal, self._products)

    @cached_property
    def _cosines(self) -> NDArray[np.float32]:
        """float32 [n, E]."""
        texts = self._snapshot.texts.objects
        cosines: NDArray[np.float32] = texts[self._products] @ texts[self._history.objects].T
        return cosines

    @cached_property
    def _paid(self) -> NDArray[np.float32]:
        """Prices of the products that the events were about, float32 [E]; NaN for content."""
        prices = self._snapshot.objects.prices[self._history.objects]
        return np.where(is_commerce(self._history), prices, np.nan)

    def _behind_chain(self, index: int) -> list[int] | None:
        return [event for event in self._chains.events[index].tolist() if event >= 0] or None

    def _bought_together(self, index: int) -> list[int] | None:
        return _largest(np.where(self._on_others(index), self._neighbor_weights[index], 0.0), above=0.0)

    def _on_others(self, index: int) -> NDArray[np.bool_]:
        """Return which events are about another object: a product is no reason for itself, but a repeat."""
        others: NDArray[np.bool_] = self._history.objects != self._products[index]
        return others

    def _on_itself(self, index: int) -> list[int] | None:
        return _newest(self._history.objects == self._products[index])

    def _similar_titles(self, index: int) -> list[int] | None:
        return _largest(
            np.where(self._on_others(index), self._cosines[index], 0.0), above=MIN_TITLE_SIMILARITY
        )

    def _latest(self, index: int) -> list[int] | None:
        return _newest(self._on_others(index))

    def _close_prices(self, index: int) -> list[int] | None:
        price, paid = self._snapshot.objects.prices[self._products[index]], self._paid
        close = (paid <= MAX_PRICE_RATIO * price) & (price <= MAX_PRICE_RATIO * paid)
        return _newest(close & self._on_others(index))

    def _popularity(self, index: int) -> list[int] | None:
        return [] if self._popular[self._products[index]] else None

    def _inferred(self, index: int) -> list[int] | None:
        return None if self.behavior(index) is None else []


def _largest(values: NDArray[np.float32], *, above: float) -> list[int] | None:
    """Return the indices of the largest values above a bound, the newest of equals first."""
    order = len(values) - 1 - np.argsort(-values[::-1], kind="stable")[:MAX_REASON_EVENTS]
    return order[values[order] > above].tolist() or None


def _newest(matches: NDArray[np.bool_]) -> list[int] | None:
    return np.flatnonzero(matches)[::-1][:MAX_REASON_EVENTS].tolist() or None
