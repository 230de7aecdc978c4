"""Which requests an epoch trains on: those that are not yet easy, the easier first (ReRec, section 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

EASY: Final = 0.1
"""A request below this difficulty is left out."""


class Curriculum:
    """Orders requests by how hard they were in the last epoch in which they were trained on.

    The difficulty of a request is the mean of 1 - reward of its replies. One that was left out as easy keeps
    its difficulty and stays out; its difficulty was measured with a weaker model.

    Args:
        names: All requests, in the order of the first epoch.
        difficulties: Of a training that is resumed.
        easy: Requests below this difficulty are left out; None for all of them in their order, every epoch.
    """

    def __init__(
        self,
        names: Sequence[str],
        difficulties: Mapping[str, float] | None = None,
        *,
        easy: float | None = EASY,
    ) -> None:
        self._names, self._easy = tuple(names), easy
        self._difficulties = dict(difficulties or {})
        self._rewards: dict[str, list[float]] = defaultdict(list)

    @property
    def difficulties(self) -> Mapping[str, float]:
        """By request, of those that were trained on; without those of an epoch that has not ended."""
        return self._difficulties

    def note(self, name: str, reward: float) -> None:
        """Note the reward of a reply to a request."""
        self._rewards[name].append(reward)

    def end_epoch(self) -> None:
        """Make difficulties of what was noted."""
        for name, rewards in self._rewards.items():
            self._difficulties[name] = float(np.mean([1 - reward for reward in rewards]))
        self._rewards.clear()

    def epoch(self) -> list[str]:
        """Return the requests of the next epoch: those not tried yet, then the others, the easier first."""
        if self._easy is None:
            return list(self._names)
        untried = [name for name in self._names if name not in self._difficulties]
        hard = [name for name, value in sorted(self._difficulties.items()) if value >= self._easy]
        return untried + sorted(hard, key=self._difficulties.__getitem__)
