"""The intent tree of one user, kept up to date event by event.

The tree is a function of the set of its events and of nothing else: bit for bit the same in whatever order
they came, however often, and whatever came and went in between.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import floor, fsum, inf, ldexp, log2
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.vocabulary.nodes import NO_NODE
from airloom.logs.contract import ACTIONS
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree.tree import DAY, IntentTree, TreeSettings
from airloom.ranking.snapshot import ObjectPaths

_BITS: Final = 40
"""What an event adds is counted in whole units of 2**-40: whole numbers add up alike in any order."""


class Event(NamedTuple):
    """Something that the user did; the same three values are the same event.

    Attributes:
        timestamp: Seconds since 1970 UTC.
        object: Row of the snapshot's objects.
        action: Position in `airloom.logs.contract.ACTIONS`.
    """

    timestamp: int
    object: int
    action: int


class NodeWeights(NamedTuple):
    """An intent tree without the events behind it.

    Attributes:
        nodes: int32 [N], ids of the nodes, ascending.
        weights: float32 [N], the sum of what every event adds to the node.
    """

    nodes: NDArray[np.int32]
    weights: NDArray[np.float32]


class GrowingTree:
    """Takes and gives up an event by touching the nodes on its paths alone, however many events it holds.

    All events fade alike, so nothing has to be touched when time passes: weights are kept as logarithms to
    base 2 as of 1970, and decay is one subtraction when they are read.

    It serves one snapshot, for the next one has other rows and paths, and one thread at a time, readers too.

    Args:
        paths: The intent paths of every object.
        settings: What an event counts.
        events: To start with, in any order.
    """

    def __init__(self, paths: ObjectPaths, settings: TreeSettings, events: Iterable[Event] = ()) -> None:
        self._paths = paths
        self._settings = settings
        self._half_life = settings.half_life_days * DAY
        self._events: list[Event] = []
        self._added: dict[Event, _Added] = {}
        self._sums: dict[int, _Sum] = {}
        self._levels: dict[int, float] = {}
        for event in events:
            self.add(event)

    @property
    def history(self) -> UserHistory:
        """The events that it holds."""
        columns = np.array(self._events, np.int64).reshape(-1, len(Event._fields))
        return UserHistory(columns[:, 1].astype(np.int32), columns[:, 2].astype(np.int8), columns[:, 0])

    def add(self, event: Event) -> None:
        """Count `event`, once."""
        if event not in self._added:
            insort(self._events, event)
            worths = self._worths(event)
            self._added[event] = self._faded_to_1970(event, worths)
            period, units = self._units(event, worths)
            for node, added in units.items():
                total = self._sums.setdefault(node, _Sum())
                total.add(period, added)
                self._levels[node] = total.level()

    def remove(self, event: Event) -> None:
        """Be as if `event` had never been seen."""
        if event in self._added:
            del self._events[bisect_left(self._events, event)]
            del self._added[event]
            period, units = self._units(event, self._worths(event))
            for node, added in units.items():
                total = self._sums[node]
                total.remove(period, added)
                self._levels[node] = total.level()
                if not total.events:
                    del self._sums[node], self._levels[node]

    def forget(self, before: int) -> None:
        """Remove every event before that moment (seconds since 1970 UTC)."""
        for event in self._events[: self._count_before(before)]:
            self.remove(event)

    def merged(self, other: GrowingTree) -> GrowingTree:
        """A tree of the events of both.

        Raises:
            AirloomError: They have different paths or settings.
        """
        if self._paths is not other._paths or self._settings != other._settings:
            raise AirloomError(
                "Two intent trees with different paths or settings cannot be merged",
                do="Build both from one snapshot, with the settings of one ranker",
            )
        return GrowingTree(self._paths, self._settings, [*self._events, *other._events])

    def weights(self, now: int) -> NodeWeights:
        """The nodes alone, at a cost that does not depend on the number of events.

        Args:
            now: Seconds since 1970 UTC; events at or after it do not count.
        """
        with self._nothing_since(now):
            nodes = np.fromiter(self._levels, np.int32, len(self._levels))
            levels = np.fromiter(self._levels.values(), np.float64, len(nodes))
            order = np.argsort(nodes)
            return NodeWeights(nodes[order], self._read(levels[order], now))

    def at(self, now: int) -> IntentTree:
        """What `grow_tree` makes of `history.before(now)`, as of `now` (seconds since 1970 UTC)."""
        with self._nothing_since(now):
            nodes, weights = self.weights(now)
            support = np.zeros((len(nodes), len(self._events)), np.float32)
            if self._events:
                added = [self._added[event] for event in self._events]
                rows = np.searchsorted(nodes, np.concatenate([each.nodes for each in added]))
                columns = np.repeat(np.arange(len(added)), [len(each.nodes) for each in added])
                support[rows, columns] = self._read(np.concatenate([each.levels for each in added]), now)
            return IntentTree(nodes, weights, support)

    @contextmanager
    def _nothing_since(self, now: int) -> Iterator[None]:
        """Put the events at or after `now` aside; mostly there are none, or those of this very second."""
        later = self._events[self._count_before(now) :]
        for event in later:
            self.remove(event)
        try:
            yield
        finally:
            for event in later:
                self.add(event)

    def _count_before(self, moment: int) -> int:
        return bisect_left(self._events, moment, key=lambda event: event.timestamp)

    def _read(self, levels: NDArray[np.float64], now: int) -> NDArray[np.float32]:
        return np.exp2(levels - now / self._half_life).astype(np.float32)

    def _worths(self, event: Event) -> dict[int, float]:
        """What `event` adds to each node on its paths while it is new."""
        rows = slice(*self._paths.offsets[event.object : event.object + 2].tolist())
        nodes, confidences = self._paths.nodes[rows].tolist(), self._paths.confidences[rows].tolist()
        alpha = float(getattr(self._settings, ACTIONS[event.action]))
        worths: dict[int, float] = {}
        for path, confidence in zip(nodes, confidences, strict=True):
            for node in path:
                if node != NO_NODE:
                    worths[node] = worths.get(node, 0.0) + alpha * confidence
        return worths

    def _faded_to_1970(self, event: Event, worths: dict[int, float]) -> _Added:
        age = event.timestamp / self._half_life
        levels = [age + log2(worth) if worth > 0 else -inf for worth in worths.values()]
        return _Added(np.array(list(worths), np.int32), np.array(levels, np.float64))

    def _units(self, event: Event, worths: dict[int, float]) -> tuple[int, dict[int, int]]:
        """The half-life since 1970 in which `event` falls, and what it adds to each node in units of it."""
        age = event.timestamp / self._half_life
        period = floor(age)
        scale = 2.0 ** (age - period + _BITS)
        return period, {node: round(worth * scale) for node, worth in worths.items()}


class _Added(NamedTuple):
    """What one event adds to n nodes.

    Attributes:
        nodes: int32 [n].
        levels: float64 [n], log2 of what it adds, as of 1970.
    """

    nodes: NDArray[np.int32]
    levels: NDArray[np.float64]


@dataclass(slots=True)
class _Sum:
    """What all events add to one node, exactly.

    Attributes:
        events: So many.
        units: Whole units for each half-life since 1970. Brought to one unit, years of short half-lives
            would make a number of thousands of digits.
    """

    events: int = 0
    units: dict[int, int] = field(default_factory=dict)

    def add(self, period: int, units: int) -> None:
        self.events += 1
        self._change(period, units)

    def remove(self, period: int, units: int) -> None:
        self.events -= 1
        self._change(period, -units)

    def level(self) -> float:
        """log2 of the sum, as of 1970."""
        if not self.units:
            return -inf
        newest = max(self.units)
        # fsum rounds once, at the end, so the order of the half-lives does not matter either
        total = fsum(ldexp(units, period - newest - _BITS) for period, units in self.units.items())
        return newest + log2(total)

    def _change(self, period: int, by: int) -> None:
        total = self.units.pop(period, 0) + by
        if total:  # a half-life that is empty again is as if it had never been touched
            self.units[period] = total
