"""Random numbers addressed by what they are for, so that any part of the world can be made again."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

_FIRST_DAY = 1 << 16  # spawn keys may not be negative, days before the start are
_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def stream(seed: int, purpose: str, *, day: int = 0, block: int = 0) -> np.random.Generator:
    """Return the random numbers for one purpose, day and block of shoppers, independent of all others."""
    key = (zlib.crc32(purpose.encode()), day + _FIRST_DAY, block)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)))


def keyed_uniforms(*keys: NDArray[np.int64] | int, seed: int, purpose: str) -> NDArray[np.float64]:
    """Return uniform numbers in [0, 1) that are a pure function of keys (broadcast), seed and purpose.

    Two pages that show the same product to the same shopper at the same visit thereby meet the same luck
    (common random numbers), whatever else is shown. The mixer is SplitMix64 (Steele, Lea, Flood 2014).
    """
    mixed: NDArray[np.uint64] = np.zeros(1, np.uint64)
    for key in (zlib.crc32(purpose.encode()), seed, *keys):
        mixed = _mix(mixed ^ np.asarray(key).astype(np.uint64))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * _MULTIPLIERS[0]
    values = (values ^ (values >> np.uint64(27))) * _MULTIPLIERS[1]
    return values ^ (values >> np.uint64(31))
