"""Weighted links between objects: summing them, keeping the strongest, following them twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.csr import csr_take

PAIRS_AT_ONCE: Final = 8_000_000
"""Links that are held in memory before they are summed (about 50 bytes each)."""
DENSE: Final = 8
"""Cells that a table of sums may have for each link that goes into it."""


class Links(NamedTuple):
    """Weighted links between objects, by source and then strongest first.

    Attributes:
        sources: int32 [L].
        targets: int32 [L].
        weights: float64 [L], positive.
    """

    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    weights: NDArray[np.float64]

    @classmethod
    def none(cls) -> Links:
        """No links."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))

    @classmethod
    def of(cls, parts: Iterable[Links]) -> Links:
        """All parts, one after the other."""
        sources, targets, weights = zip(cls.none(), *parts, strict=True)
        return cls(np.concatenate(sources), np.concatenate(targets), np.concatenate(weights))

    def where(self, mask: NDArray[np.bool_]) -> Links:
        """The links for which `mask` holds."""
        return Links(self.sources[mask], self.targets[mask], self.weights[mask])

    def joined(self, other: Links) -> Links:
        """These links and then the others."""
        return Links.of((self, other))

    def summed(self, count: int) -> Links:
        """One link for every pair, by source and target; `count` is the number of objects.

        Links whose weights sum to zero may be left out.
        """
        keys = self.sources.astype(np.int64) * count + self.targets
        first = int(keys.min()) if len(keys) else 0
        if int(keys.max(initial=first)) - first < DENSE * len(keys):  # a table of all pairs beats sorting
            cells = np.bincount(keys - first, self.weights).astype(np.float64, copy=False)
            found = np.flatnonzero(cells)
            keys, sums = found + first, cells[found]
        else:
            keys, places = np.unique(keys, return_inverse=True)
            sums = np.bincount(places, self.weights, minlength=len(keys)).astype(np.float64, copy=False)
        return Links((keys // count).astype(np.int32), (keys % count).astype(np.int32), sums)


def strongest(parts: Iterable[Links], *, keep: int) -> Links:
    """The `keep` strongest links of every source, by source, strongest first, ties by target.

    Args:
        parts: Links without a pair that occurs twice.
        keep: Links of one source.
    """
    best = Links.none()
    for part in parts:
        both = best.joined(part)
        # float32 is what is stored: ties must be broken as the reader sees them
        order = np.lexsort((both.targets, -both.weights.astype(np.float32), both.sources))
        ordered = both.sources[order]
        firsts = np.flatnonzero(np.diff(ordered, prepend=-1))
        ranks = np.arange(len(ordered)) - np.repeat(firsts, np.diff(firsts, append=len(ordered)))
        order = order[(ranks < keep) & (both.weights[order] > 0)]
        best = Links(both.sources[order], both.targets[order], both.weights[order])
    return best


def with_second_hop(links: Links, near: Links, *, count: int, weight: float) -> Iterator[Links]:
    """A + weight * N * S for links A and N, where the rows of S are the rows of N normalised to one.

    Args:
        links: By source.
        near: The links that are followed, by source; fewer of them cost less than their square.
        count: Number of objects.
        weight: Of the second hop.

    Yields:
        The links of one group of sources after the other; no object is linked to itself.
    """
    offsets, own = (np.searchsorted(each.sources, np.arange(count + 1)) for each in (near, links))
    shares = near.weights / np.bincount(near.sources, near.weights, minlength=count)[near.sources]
    widest = int(np.diff(offsets).max(initial=1))
    most = max(PAIRS_AT_ONCE // widest**2, 1)
    for begin in range(0, count, most):
        end = min(begin + most, count)
        rows = np.arange(offsets[begin], offsets[end])
        step = Links(near.sources[rows], near.targets[rows], near.weights[rows])
        onward, owners = csr_take(offsets, step.targets)
        far = Links(
            step.sources[owners], near.targets[onward], weight * step.weights[owners] * shares[onward]
        )
        first = np.arange(own[begin], own[end])
        mine = Links(links.sources[first], links.targets[first], links.weights[first])
        yield mine.joined(far.where(far.sources != far.targets)).summed(count)
