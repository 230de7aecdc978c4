"""What a generator has to beat, behind one Protocol: item-CF, random products, another user's behaviors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.beyond_log.behavior_source import ALL_AGREE, BehaviorSource, Proposals
from airloom.beyond_log.user_seeds import uniforms, user_seeds
from airloom.csr import csr_take
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot


class ItemCfBehaviors:
    """The products that item-CF links most strongly with the history: the control that counts.

    Generated behaviors are a function of the same history, so they have to be a better one than this.
    """

    name: Final = "item_cf"

    def __init__(
        self, snapshot: Snapshot, *, limit: int = 60, weights: EventWeightSettings | None = None
    ) -> None:
        self.version = f"item_cf-{snapshot.digest or snapshot.before}"
        self._neighbors, self._on_sale = snapshot.neighbors, snapshot.objects.active
        self._limit, self._weights = limit, weights or EventWeightSettings()

    def propose(
        self,
        user_ids: Sequence[str],  # noqa: ARG002 - nothing is drawn
        histories: Sequence[UserHistory],
        now: int,
    ) -> list[Proposals]:
        """Return the strongest products for each user; see `BehaviorSource`."""
        return [self._strongest(history.before(now)) for history in histories]

    def _strongest(self, history: UserHistory) -> Proposals:
        if not history:
            return Proposals.empty()
        rows, events = csr_take(self._neighbors.offsets, history.objects)
        # decay counts from the newest event: the order is the same, and old histories do not fade to zero
        event_weights = self._weights.event_weights(history, int(history.timestamps[-1]))
        added = self._neighbors.weights[rows] * event_weights[events]
        products, groups = np.unique(self._neighbors.objects[rows], return_inverse=True)
        sums = np.bincount(groups, added, minlength=len(products))
        sums[~self._on_sale[products] | np.isin(products, history.objects)] = 0.0
        order = np.argsort(-sums, kind="stable")
        order = order[sums[order] > 0][: self._limit]
        shares = sums[order] / max(float(sums.sum()), 1e-9)
        return Proposals(
            products[order].astype(np.int32),
            shares.astype(np.float32),
            np.full(len(order), ALL_AGREE, np.int32),
        )


class PopularityMatchedRandom:
    """Random products in the place of another source's, each about as popular as the one that it replaces."""

    name: Final = "popularity_matched_random"
    WIDTH: Final = 50
    """A product is replaced by one at most this number of ranks of popularity away."""

    def __init__(self, source: BehaviorSource, snapshot: Snapshot) -> None:
        self.version = f"random-{source.version}"
        self._source = source
        products = snapshot.products
        order = np.argsort(-snapshot.objects.popularity[products], kind="stable")
        self._by_popularity = products[order]
        self._rank = np.zeros(len(snapshot.objects.ids), np.int64)
        self._rank[self._by_popularity] = np.arange(len(products))

    def propose(self, user_ids: Sequence[str], histories: Sequence[UserHistory], now: int) -> list[Proposals]:
        """Return random products for each user; see `BehaviorSource`."""
        seeds = user_seeds(user_ids, purpose=self.version)
        return [
            self._replaced(proposals, seed)
            for proposals, seed in zip(
                self._source.propose(user_ids, histories, now), np.split(seeds, len(seeds)), strict=True
            )
        ]

    def _replaced(self, proposals: Proposals, seed: NDArray[np.uint64]) -> Proposals:
        ranks = self._rank[proposals.products]
        steps = uniforms(seed, len(ranks))[0] * (2 * self.WIDTH + 1)
        near = np.clip(ranks - self.WIDTH + steps.astype(np.int64), 0, len(self._by_popularity) - 1)
        _, first = np.unique(near, return_index=True)
        rows = np.sort(first)
        return proposals.take(rows)._replace(products=self._by_popularity[near[rows]])


class AnotherUsers:
    """The behaviors of another user: what is left of a source's gain without anything personal."""

    name: Final = "another_users"

    def __init__(
        self, source: BehaviorSource, user_ids: Sequence[str], histories: Sequence[UserHistory]
    ) -> None:
        """Create the control.

        Args:
            source: Whose proposals are exchanged.
            user_ids: At least two users to take them from.
            histories: Theirs.
        """
        self.version = f"another-{source.version}"
        self._source, self._user_ids, self._histories = source, list(user_ids), list(histories)

    def propose(
        self,
        user_ids: Sequence[str],
        histories: Sequence[UserHistory],  # noqa: ARG002 - that is the point
        now: int,
    ) -> list[Proposals]:
        """Return somebody else's proposals for each user; see `BehaviorSource`."""
        count = len(self._user_ids)
        drawn = (uniforms(user_seeds(user_ids, purpose=self.version), 1)[:, 0] * count).astype(np.int64)
        rows = [
            (row + 1) % count if self._user_ids[row] == user_id else row
            for row, user_id in zip(drawn.tolist(), user_ids, strict=True)
        ]
        return self._source.propose(
            [self._user_ids[row] for row in rows], [self._histories[row] for row in rows], now
        )
