"""The intent tree of one user, kept up to date event by event.

The tree is a function of the set of its events and of nothing else: bit for bit the same in whatever order
they came, however often, and whatever came and went in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import floor, fsum, inf, ldexp, log2
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.vocabulary.nodes import NO_NODE
from airloom.logs.contract import ACTIONS
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import ObjectPaths
from airloom.ranking.tree import DAY, IntentTree, TreeSettings

_BITS: Final = 40
"""What an event adds is counted in whole units of 2**-40, because whole numbers add up alike in any order."""


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


class GrowingTree:
    """Takes and gives up events at O(paths of the object * depth) each, however many came before.

    Every event that is added today halves in the same time as all the others, so nothing has to be touched
    when time passes: values are kept as logarithms, in half-lives since 1970, and decay is one subtraction
    when they are read. It serves one snapshot: another one has other rows and paths. Not for several threads
    at once.

    Args:
        paths: The intent paths of every object.
        settings: What an event counts.
        events: To start with.
    """

    def __init__(self, paths: ObjectPaths, settings: TreeSettings, events: Iterable[Event] = ()) -> None:
        self._paths = paths
        self._settings = settings
        self._half_life = settings.half_life_days * DAY
        self._added: dict[Event, _Added] = {}
        self._sums: dict[int, _Sum] = {}
        for event in events:
            self.add(event)

    @property
    def history(self) -> UserHistory:
        """The events that it holds, oldest first."""
        columns = np.array(sorted(self._added), np.int64).reshape(-1, 3)
        return UserHistory(columns[:, 1].astype(np.int32), columns[:, 2].astype(np.int8), columns[:, 0])

    def add(self, event: Event) -> None:
        """Count `event`, once."""
        if event not in self._added:
            worths = self._worths(event)
            age = event.timestamp / self._half_life
            levels = [age + log2(worth) if worth > 0 else -inf for worth in worths.values()]
            self._added[event] = _Added(np.array(list(worths), np.int32), np.array(levels))
            for node, period, units in self._units(event, worths):
                self._sums.setdefault(node, _Sum()).add(period, units)

    def remove(self, event: Event) -> None:
        """Be as if `event` had never been seen."""
        if self._added.pop(event, None):
            for node, period, units in self._units(event, self._worths(event)):
                self._sums[node].remove(period, units)
                if not self._sums[node].events:
                    del self._sums[node]

    def forget(self, before: int) -> None:
        """Remove all events before that moment (seconds since 1970 UTC)."""
        for event in [event for event in self._added if event.timestamp < before]:
            self.remove(event)

    def merged(self, other: GrowingTree) -> GrowingTree:
        """A tree of the events of both.

        Raises:
            AirloomError: They have other paths or settings.
        """
        if self._paths is not other._paths or self._settings != other._settings:
            raise AirloomError(
                "Two intent trees with different paths or settings cannot be merged",
                do="Build both from one snapshot, with the settings of one ranker",
            )
        return GrowingTree(self._paths, self._settings, [*self._added, *other._added])

    def at(self, now: int) -> IntentTree:
        """The tree of the events before `now` (seconds since 1970 UTC); its events are those of `history`."""
        events = sorted(self._added)
        if events and events[-1].timestamp >= now:
            past = [event for event in events if event.timestamp < now]
            return GrowingTree(self._paths, self._settings, past).at(now)
        nodes = np.fromiter(self._sums, np.int32, len(self._sums))
        levels = np.fromiter((kept.level for kept in self._sums.values()), np.float64, len(nodes))
        order = np.argsort(nodes)
        nodes, age = nodes[order], now / self._half_life
        weights = np.exp2(levels[order] - age).astype(np.float32)
        support = np.zeros((len(nodes), len(events)), np.float32)
        if events:
            added = [self._added[event] for event in events]
            rows = np.searchsorted(nodes, np.concatenate([each.nodes for each in added]))
            columns = np.repeat(np.arange(len(events)), [len(each.nodes) for each in added])
            support[rows, columns] = np.exp2(np.concatenate([each.levels for each in added]) - age)
        return IntentTree(nodes, weights, support)

    def _worths(self, event: Event) -> dict[int, float]:
        """What `event` adds to each node on its paths while it is new."""
        start, end = self._paths.offsets[event.object : event.object + 2].tolist()
        alpha = float(getattr(self._settings, ACTIONS[event.action]))
        worths: dict[int, float] = {}
        for path, confidence in zip(
            self._paths.nodes[start:end].tolist(), self._paths.confidences[start:end].tolist(), strict=True
        ):
            for node in path:
                if node != NO_NODE:
                    worths[node] = worths.get(node, 0.0) + alpha * confidence
        return worths

    def _units(self, event: Event, worths: dict[int, float]) -> Iterator[tuple[int, int, int]]:
        """Node, half-life since 1970 and whole units of that half-life, for each node on the event's paths."""
        age = event.timestamp / self._half_life
        period = floor(age)
        scale = 2.0 ** (age - period + _BITS)
        for node, worth in worths.items():
            yield node, period, round(worth * scale)


class _Added(NamedTuple):
    """What one event adds: int32 [n] nodes, and float64 [n] log2 of the weights as of 1970."""

    nodes: NDArray[np.int32]
    levels: NDArray[np.float64]


@dataclass(slots=True)
class _Sum:
    """What all events add to one node, exactly: whole units of each half-life since 1970.

    Units of different half-lives are not brought to one: over years with a short half-life that number would
    have thousands of digits.
    """

    events: int = 0
    level: float = -inf
    units: dict[int, int] = field(default_factory=dict)

    def add(self, period: int, units: int) -> None:
        self.events += 1
        self._change(period, units)

    def remove(self, period: int, units: int) -> None:
        self.events -= 1
        self._change(period, -units)

    def _change(self, period: int, units: int) -> None:
        total = self.units.pop(period, 0) + units
        if total:
            self.units[period] = total
        self.level = -inf
        if self.units:
            newest = max(self.units)
            whole = fsum(ldexp(total, period - newest - _BITS) for period, total in self.units.items())
            self.level = newest + log2(whole)
