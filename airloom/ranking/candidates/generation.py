"""Candidates for a request that names none: by intents, item-CF neighbors, titles and popularity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from airloom.csr import csr_take
from airloom.ranking.candidates.nearest_titles import NearestTitles
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree.tree import build_intent_tree
from airloom.ranking.snapshot import Snapshot
from airloom.settings import formerly

Source = Literal["intents", "neighbours", "titles", "popular"]
"""The sources, by the names under which results are stored."""
SOURCES: Final[tuple[Source, ...]] = get_args(Source)


@dataclass(frozen=True)
class CandidateSettings:
    """The share of each candidate source.

    The sources are interleaved in proportion to their shares until there are `limit` products; where one has
    no more, the others go on. A share of 0 leaves a source out. The defaults have the best recall of the next
    purchase among those tried (see `airloom.ranking.candidates.recall`).

    Attributes:
        limit: Candidates in all.
        from_intents: Share of the best-sellers of the categories that the user's events point to.
        categories: The number of these categories, the strongest first.
        from_neighbors: Share of item-CF: products bought together with the objects that the user touched.
        from_titles: Share of products with titles like those that the user touched last.
        titles: The number of objects that the user touched last.
        from_popular: Share of the most popular products.
        recent: The number of the newest events that count.
        tree: The weight of an event.
    """

    limit: int = 300
    from_intents: int = 30
    categories: int = 12
    from_neighbors: int = field(default=180, metadata=formerly("from_neighbours"))
    from_titles: int = 60
    titles: int = 3
    from_popular: int = 30
    recent: int = 50
    tree: EventWeightSettings = field(default_factory=EventWeightSettings)

    @property
    def shares(self) -> dict[Source, int]:
        """The share of each source."""
        return {
            "intents": self.from_intents,
            "neighbours": self.from_neighbors,
            "titles": self.from_titles,
            "popular": self.from_popular,
        }


class Candidates:
    """Proposes products of one snapshot.

    Args:
        snapshot: Whose products.
        settings: The share of each source.
    """

    def __init__(self, snapshot: Snapshot, settings: CandidateSettings | None = None) -> None:
        self.settings = settings or CandidateSettings()
        self._paths = snapshot.paths
        self._neighbors = snapshot.neighbors
        self._active = snapshot.objects.active
        self._texts = snapshot.texts.objects
        products, objects = snapshot.products, snapshot.objects
        self._titles = NearestTitles(
            **snapshot.cache.arrays(
                "titles", lambda: NearestTitles.of(products, self._texts[products])._asdict()
            )
        )
        leaves = objects.leaves[products]
        self.popular = products[np.argsort(-objects.popularity[products], kind="stable")]
        """Every product that may be shown, the most popular first."""
        categorized = products[leaves >= 0]
        by_popularity = (categorized, -objects.popularity[categorized], objects.leaves[categorized])
        self._best_sellers = categorized[np.lexsort(by_popularity)]  # category after category, see `_offsets`
        counts = np.bincount(objects.leaves[categorized], minlength=len(snapshot.nodes.labels))
        self._offsets = np.concatenate(([0], np.cumsum(counts)))

    def category_weights(self, history: UserHistory, now: int) -> NDArray[np.float64]:
        """Return how strongly the newest events point to each category with products, float64 [N]."""
        weights = np.zeros(len(self._offsets) - 1)
        recent = history.newest(self.settings.recent)
        if recent:
            tree = build_intent_tree(self._paths, recent, self.settings.tree.event_weights(recent, now))
            weights[tree.nodes] = tree.weights
        return np.where(np.diff(self._offsets) > 0, weights, 0.0)

    def propose(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """Return rows of at most `limit` different products, int32 [C], the same for the same history."""
        proposed, shares = self.by_source(history, now), self.settings.shares
        return interleave(
            [proposed[source] for source in SOURCES],
            [shares[source] for source in SOURCES],
            limit=self.settings.limit,
        )

    def by_source(self, history: UserHistory, now: int) -> dict[Source, NDArray[np.int32]]:
        """Return at most `limit` different products from each source, the best first."""
        proposed: dict[Source, NDArray[np.int32]] = {
            "intents": self._from_intents(history, now),
            "neighbours": self._from_neighbors(history, now),
            "titles": self._from_titles(history),
            "popular": self.popular,
        }
        return {source: rows[: self.settings.limit] for source, rows in proposed.items()}

    def _from_intents(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """Return the best-sellers of the strongest categories, interleaved."""
        weights = self.category_weights(history, now)
        strongest = np.argsort(-weights, kind="stable")[: self.settings.categories]
        strongest = strongest[weights[strongest] > 0]
        rows, _ = csr_take(self._offsets, strongest)
        ranks = rows - np.repeat(self._offsets[strongest], np.diff(self._offsets)[strongest])
        return self._best_sellers[rows[np.argsort(ranks, kind="stable")]]

    def _from_neighbors(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """Return the products bought together with the newest events, item-CF."""
        neighbors, recent = self._neighbors, history.newest(self.settings.recent)
        rows, events = csr_take(neighbors.offsets, recent.objects)
        contributions = neighbors.weights[rows] * self.settings.tree.event_weights(recent, now)[events]
        products, groups = np.unique(neighbors.objects[rows], return_inverse=True)
        weights = np.bincount(groups, contributions, minlength=len(products))
        weights[~self._active[products]] = 0.0
        order = np.argsort(-weights, kind="stable")
        return products[order[weights[order] > 0]]

    def _from_titles(self, history: UserHistory) -> NDArray[np.int32]:
        """Return the products with titles like those of the objects touched last, interleaved."""
        touched = _without_repeats(history.newest(self.settings.recent).objects[::-1])
        titles = self._texts[touched]
        titles = titles[titles.any(axis=1)][: self.settings.titles]
        nearest = [self._titles.nearest(title, self.settings.limit) for title in titles]
        return interleave(nearest, [1] * len(nearest), limit=self.settings.limit)


def interleave(lists: Sequence[NDArray[np.int32]], shares: Sequence[int], *, limit: int) -> NDArray[np.int32]:
    """Return at most `limit` different products, int32 [C], from several lists in proportion to their shares.

    The product of rank r in a list, from 0, gets the key (r + 1/2) / share; the earlier list wins a tie.

    Args:
        lists: Products, the best first.
        shares: How often each list has its turn, in proportion; 0 leaves it out.
        limit: The number of products in all.

    Examples:
        >>> interleave([np.array([1, 2, 3]), np.array([7, 1])], [2, 1], limit=4).tolist()
        [1, 7, 2, 3]
    """
    used = [(rows, share) for rows, share in zip(lists, shares, strict=True) if share > 0]
    if not used:
        return np.empty(0, np.int32)
    keys = np.concatenate([(np.arange(len(rows)) + 0.5) / share for rows, share in used])
    rows = np.concatenate([rows for rows, _ in used])
    return _without_repeats(rows[np.argsort(keys, kind="stable")])[:limit].astype(np.int32)


def _without_repeats(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return each row only where it comes first."""
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]
