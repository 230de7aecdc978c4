"""What proposes behaviors for users: the generator, or a control in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.history import UserHistory


class Proposals(NamedTuple):
    """Products that one user may want, the likeliest first; each once.

    Attributes:
        products: int32 [N], rows of the snapshot.
        weights: float32 [N], in (0, 1].
        samples: int32 [N], the number of samples that agree; of a source that draws none, `ALL_AGREE`.
    """

    products: NDArray[np.int32]
    weights: NDArray[np.float32]
    samples: NDArray[np.int32]

    @classmethod
    def empty(cls) -> Proposals:
        """Return no proposals."""
        return cls(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.int32))

    def take(self, rows: NDArray[np.int64]) -> Proposals:
        """Return some proposals."""
        return Proposals(self.products[rows], self.weights[rows], self.samples[rows])


ALL_AGREE = np.iinfo(np.int32).max


class BehaviorSource(Protocol):
    """Proposes behaviors over one snapshot."""

    @property
    def name(self) -> str:
        """What the behaviors are stored under."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same histories might give other behaviors."""
        ...

    def propose(self, user_ids: Sequence[str], histories: Sequence[UserHistory], now: int) -> list[Proposals]:
        """Return proposals for each user; those of one user do not depend on the others.

        Args:
            user_ids: Whose they are; only for seeds.
            histories: Events before `now`.
            now: Seconds since 1970 UTC.
        """
        ...
