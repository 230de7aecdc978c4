"""The reason of each shown product: its intents if they speak for it enough, else the strongest signal."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.causes import SIGNALS, Cause
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.reasons.faithfulness import ShownReason
from airloom.ranking.reasons.page_facts import PageFacts
from airloom.ranking.reasons.popular_products import popular_products
from airloom.ranking.snapshot import Snapshot

MIN_INTENT_SHARE: Final = 0.5
"""Of what the strongest signal adds to a score: from there on the intents are the cause before it."""


class Attribution(NamedTuple):
    """Why a product is on the page.

    Attributes:
        cause: The intents, if they raise the score enough (`MIN_INTENT_SHARE`) and a true chain shows them;
            else the signal that raises it most, among those that something shows.
        chain: Ids of the nodes of the intent chain, coarse to fine; empty where the cause is another.
        events: Indices of the events behind the cause, strongest first.
        behavior: Where the cause is an inferred behavior, its product, a row of the snapshot.
    """

    cause: Cause
    chain: list[int]
    events: list[int]
    behavior: int | None = None


def shown_reason(snapshot: Snapshot, history: UserHistory, product: int, reason: Attribution) -> ShownReason:
    """Return the reason of a product (its row in the snapshot) as a reader of the page sees it."""
    labels, ids = snapshot.nodes.labels, snapshot.objects.ids
    return ShownReason(
        ids[product],
        reason.cause,
        [labels[node] for node in reason.chain],
        [ids[row] for row in history.objects[reason.events].tolist()],
    )


class PageExplainer:
    """Gives the reasons of pages over one snapshot.

    Args:
        snapshot: What is ranked.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._popular = snapshot.cache.arrays(
            "popular-products", lambda: {"popular": popular_products(snapshot.objects)}
        )["popular"]

    def explain(
        self,
        history: UserHistory,
        ranking: Ranking,
        candidates: NDArray[np.int32],
        shown: NDArray[np.intp],
    ) -> list[Attribution]:
        """Return the reason of each shown product.

        A signal can be the cause if it raises the score, and if the snapshot and the user's events show it
        (see `PageFacts`). Of several it is the one that raises the score most, but the intents come before
        it from `MIN_INTENT_SHARE` on, since a chain says the most to a reader; without any it is `REMAINING`.

        Args:
            history: The user's events.
            ranking: Of all candidates.
            candidates: int32 [C], rows of the snapshot.
            shown: int64 [n], rows of the ranking.
        """
        facts = PageFacts(
            self._snapshot,
            self._popular,
            history=history,
            products=candidates[shown],
            retrieved=ranking.nodes[shown],
            evidence=ranking.evidence[shown],
        )
        contributions = ranking.contributions(shown)
        positive = (contributions > 0).sum(axis=1).tolist()
        strength, intents = contributions.copy(), SIGNALS.index(Cause.INTENTS)
        enough = strength[:, intents] >= MIN_INTENT_SHARE * strength.max(axis=1)
        strength[enough, intents] = np.inf
        strongest = np.argsort(-strength, axis=1, kind="stable").tolist()
        return [
            _reason(facts, index, [SIGNALS[column] for column in columns[:count]])
            for index, (columns, count) in enumerate(zip(strongest, positive, strict=True))
        ]


def _reason(facts: PageFacts, index: int, signals: list[Cause]) -> Attribution:
    """Return the first of the signals that something shows."""
    for strongest in signals:
        repeated = strongest is Cause.TITLE and facts.events_of(Cause.REPEAT, index) is not None
        signal = Cause.REPEAT if repeated else strongest  # no title is as similar as the product's own
        events = facts.events_of(signal, index)
        if events is not None:
            chain = facts.chain(index) if signal is Cause.INTENTS else []
            behavior = facts.behavior(index) if signal is Cause.INFERRED else None
            return Attribution(signal, chain, events, behavior)
    return Attribution(Cause.REMAINING, [], [])
