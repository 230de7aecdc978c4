"""Random numbers that belong to a user, whoever else is in a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def user_seeds(user_ids: Sequence[str], *, purpose: str) -> NDArray[np.uint64]:
    """Return a stable hash of each user, uint64 [U]; another purpose gives other hashes."""
    key = purpose.encode()
    digests = [
        hashlib.blake2b(user_id.encode(), digest_size=8, key=key[:64]).digest() for user_id in user_ids
    ]
    return np.frombuffer(b"".join(digests), "<u8")


def uniforms(seeds: NDArray[np.uint64], count: int, *, stream: int = 0) -> NDArray[np.float64]:
    """Return numbers from [0, 1), float64 [U, count], each a function of seed, stream and index (SplitMix64).

    Examples:
        >>> seeds = user_seeds(["ada", "bob"], purpose="doctest")
        >>> bool((uniforms(seeds, 3)[1] == uniforms(seeds[1:], 3)[0]).all())
        True
    """
    steps = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(stream * count)
    mixed = seeds[:, None] + steps * _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    out: NDArray[np.float64] = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return out
