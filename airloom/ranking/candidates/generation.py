"""Products worth scoring when the caller does not say: by intents, neighbours, titles and popularity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from airloom.csr import csr_take
from airloom.ranking.candidates.nearest_titles import NearestTitles
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree.tree import TreeSettings, grow_tree
from airloom.ranking.snapshot import Snapshot

Source = Literal["intents", "neighbours", "titles", "popular"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)


@dataclass(frozen=True)
class CandidateSettings:
    """How many products come from where.

    The sources take turns in proportion to their shares until there are `limit` products; where one has no
    more, the others go on. A share of 0 leaves a source out. The defaults are those with the best recall of
    the next purchase among those tried (see `airloom.ranking.candidates.recall`).

    Attributes:
        limit: Candidates in all.
        from_intents: Share of the best-sellers of the categories that the user's events point to.
        categories: So many of these categories, the strongest first.
        from_neighbours: Share of what goes with the objects that the user touched.
        from_titles: Share of products with titles like those that the user touched last.
        titles: So many objects that the user touched last.
        from_popular: Share of the most popular products.
        recent: So many of the newest events count.
        tree: What an event counts.
    """

    limit: int = 300
    from_intents: int = 30
    categories: int = 12
    from_neighbours: int = 180
    from_titles: int = 60
    titles: int = 3
    from_popular: int = 30
    recent: int = 50
    tree: TreeSettings = field(default_factory=TreeSettings)

    @property
    def shares(self) -> dict[Source, int]:
        """The share of each source."""
        return {
            "intents": self.from_intents,
            "neighbours": self.from_neighbours,
            "titles": self.from_titles,
            "popular": self.from_popular,
        }


class Candidates:
    """Proposes products of one snapshot.

    Args:
        snapshot: Whose products.
        settings: How many come from where.
    """

    def __init__(self, snapshot: Snapshot, settings: CandidateSettings | None = None) -> None:
        self.settings = settings or CandidateSettings()
        self._paths = snapshot.paths
        self._neighbours = snapshot.neighbours
        self._active = snapshot.objects.active
        self._texts = snapshot.texts.objects
        products, objects = snapshot.products, snapshot.objects
        self._titles = NearestTitles(
            **snapshot.derived.arrays(
                "titles", lambda: NearestTitles.of(products, self._texts[products])._asdict()
            )
        )
        shelves = objects.leaves[products]
        self.popular = products[np.argsort(-objects.popularity[products], kind="stable")]
        """Every product that may be shown, the most popular first."""
        placed = products[shelves >= 0]
        self._shelved = placed[np.lexsort((placed, -objects.popularity[placed], objects.leaves[placed]))]
        counts = np.bincount(objects.leaves[placed], minlength=len(snapshot.nodes.labels))
        self._offsets = np.concatenate(([0], np.cumsum(counts)))

    def category_weights(self, history: UserHistory, now: int) -> NDArray[np.float64]:
        """How strongly the newest events point to each node that holds products, float64 [N]."""
        weights = np.zeros(len(self._offsets) - 1)
        recent = history.newest(self.settings.recent)
        if recent:
            tree = grow_tree(self._paths, recent, self.settings.tree.event_weights(recent, now))
            weights[tree.nodes] = tree.weights
        return np.where(np.diff(self._offsets) > 0, weights, 0.0)

    def propose(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """Rows of at most `limit` different products, int32 [C], the same for the same history."""
        found, shares = self.by_source(history, now), self.settings.shares
        return take_turns(
            [found[source] for source in SOURCES],
            [shares[source] for source in SOURCES],
            limit=self.settings.limit,
        )

    def by_source(self, history: UserHistory, now: int) -> dict[Source, NDArray[np.int32]]:
        """At most `limit` different products from each source, the best first."""
        found: dict[Source, NDArray[np.int32]] = {
            "intents": self._from_intents(history, now),
            "neighbours": self._from_neighbours(history, now),
            "titles": self._from_titles(history),
            "popular": self.popular,
        }
        return {source: rows[: self.settings.limit] for source, rows in found.items()}

    def _from_intents(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """The best-sellers of the strongest categories, one of each in turn."""
        weights = self.category_weights(history, now)
        strongest = np.argsort(-weights, kind="stable")[: self.settings.categories]
        strongest = strongest[weights[strongest] > 0]
        rows, _ = csr_take(self._offsets, strongest)
        ranks = rows - np.repeat(self._offsets[strongest], np.diff(self._offsets)[strongest])
        return self._shelved[rows[np.argsort(ranks, kind="stable")]]

    def _from_neighbours(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """The products that go best with the newest events."""
        neighbours, recent = self._neighbours, history.newest(self.settings.recent)
        rows, owners = csr_take(neighbours.offsets, recent.objects)
        worth = neighbours.weights[rows] * self.settings.tree.event_weights(recent, now)[owners]
        products, places = np.unique(neighbours.objects[rows], return_inverse=True)
        weights = np.bincount(places, worth, minlength=len(products))
        weights[~self._active[products]] = 0.0
        order = np.argsort(-weights, kind="stable")
        return products[order[weights[order] > 0]]

    def _from_titles(self, history: UserHistory) -> NDArray[np.int32]:
        """The products with titles like those of the objects touched last, one for each object in turn."""
        touched = _first_ones(history.newest(self.settings.recent).objects[::-1])
        titles = self._texts[touched]
        titles = titles[titles.any(axis=1)][: self.settings.titles]
        found = [self._titles.nearest(title, self.settings.limit) for title in titles]
        return take_turns(found, [1] * len(found), limit=self.settings.limit)


def take_turns(found: Sequence[NDArray[np.int32]], shares: Sequence[int], *, limit: int) -> NDArray[np.int32]:
    """At most `limit` different products, int32 [C], of each list so many as its share asks.

    The product at place r of a list, from 0, comes at (r + 1/2) / share; the earlier list wins a tie.

    Args:
        found: Lists of products, the best first.
        shares: How often each list has its turn, in proportion; 0 leaves it out.
        limit: So many products in all.
    """
    turning = [(rows, share) for rows, share in zip(found, shares, strict=True) if share > 0]
    if not turning:
        return np.empty(0, np.int32)
    turns = np.concatenate([(np.arange(len(rows)) + 0.5) / share for rows, share in turning])
    rows = np.concatenate([rows for rows, _ in turning])
    return _first_ones(rows[np.argsort(turns, kind="stable")])[:limit].astype(np.int32)


def _first_ones(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Each row where it comes first."""
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]
