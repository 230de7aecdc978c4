"""Which products are worth scoring when the caller does not say: by intents, by neighbours, by popularity."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.gather import gather
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Neighbours, ObjectPaths, Snapshot
from airloom.ranking.tree import TreeSettings, grow_tree


@dataclass(frozen=True)
class CandidateSettings:
    """How many products come from where.

    Attributes:
        limit: Candidates in all.
        from_intents: At most so many from the categories that the user's events point to.
        categories: So many of these categories, the strongest first.
        from_neighbours: At most so many that go with what the user touched.
        recent: So many of the newest events count.
        tree: What an event counts.
    """

    limit: int = 300
    from_intents: int = 160
    categories: int = 12
    from_neighbours: int = 80
    recent: int = 50
    tree: TreeSettings = field(default_factory=TreeSettings)


class Candidates:
    """Proposes products of one snapshot; popular ones fill up what intents and neighbours leave."""

    def __init__(self, snapshot: Snapshot, settings: CandidateSettings | None = None) -> None:
        self._settings = settings or CandidateSettings()
        # np.asarray: the memmap class makes every indexing several times slower than a plain view
        self._paths = ObjectPaths(*map(np.asarray, snapshot.paths))
        self._neighbours = Neighbours(*map(np.asarray, snapshot.neighbours))
        self._active = np.asarray(snapshot.objects.active)
        products, objects = snapshot.products, snapshot.objects
        shelves = objects.leaves[products]
        self.popular = products[np.argsort(-objects.popularity[products], kind="stable")]
        """Every product that may be shown, the most popular first."""
        placed = products[shelves >= 0]
        order = np.lexsort((placed, -objects.popularity[placed], objects.leaves[placed]))
        self._shelved = placed[order]
        counts = np.bincount(objects.leaves[placed], minlength=len(snapshot.nodes.labels))
        self._offsets = np.concatenate(([0], np.cumsum(counts)))

    def category_weights(self, history: UserHistory, now: int) -> NDArray[np.float64]:
        """How strongly the newest events point to each node that holds products, float64 [N]."""
        weights = np.zeros(len(self._offsets) - 1)
        last = slice(-self._settings.recent, None)
        recent = UserHistory(history.objects[last], history.actions[last], history.timestamps[last])
        if recent:
            tree = grow_tree(self._paths, recent, self._settings.tree.event_weights(recent, now))
            weights[tree.nodes] = tree.weights
        return np.where(np.diff(self._offsets) > 0, weights, 0.0)

    def propose(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """Rows of at most `limit` different products, int32 [C], the same for the same history."""
        settings = self._settings
        found = np.concatenate(
            (
                self._from_intents(history, now)[: settings.from_intents],
                self._from_neighbours(history)[: settings.from_neighbours],
                self.popular[: settings.limit],
            )
        )
        _, first = np.unique(found, return_index=True)
        return found[np.sort(first)][: settings.limit].astype(np.int32)

    def _from_intents(self, history: UserHistory, now: int) -> NDArray[np.int32]:
        """The best-sellers of the strongest categories, one of each in turn."""
        weights = self.category_weights(history, now)
        strongest = np.argsort(-weights, kind="stable")[: self._settings.categories]
        strongest = strongest[weights[strongest] > 0]
        rows, _ = gather(self._offsets, strongest)
        ranks = rows - np.repeat(self._offsets[strongest], np.diff(self._offsets)[strongest])
        return self._shelved[rows[np.argsort(ranks, kind="stable")]]

    def _from_neighbours(self, history: UserHistory) -> NDArray[np.int32]:
        """The products that go best with the newest events."""
        neighbours = self._neighbours
        rows, _ = gather(neighbours.offsets, history.objects[-self._settings.recent :])
        products, places = np.unique(neighbours.objects[rows], return_inverse=True)
        weights = np.bincount(places, neighbours.weights[rows], minlength=len(products))
        weights[~self._active[products]] = 0.0
        order = np.argsort(-weights, kind="stable")
        return products[order[weights[order] > 0]]
