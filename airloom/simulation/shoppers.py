"""The shoppers: what they care for and when, what they can afford, how often they come."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.simulation.seeds import stream
from airloom.simulation.settings import WorldSettings

BLOCK = 20_000
"""Shoppers that are drawn, held and written together: what bounds the memory of a day."""
_INTERESTS = 3
_SHARE_WITH = (1.0, 0.65, 0.3)  # of shoppers that have a first, second, third interest
_REPERTOIRE = 9  # lifestyles that a shopper ever takes up, a third of them in each interest's turn
_EPISODE = (6.0, 16.0)  # days for which an interest stays with one lifestyle
_LANGUAGES = (0.82, 0.11, 0.07)  # in the order of catalogue.LANGUAGES


class ShopperBlock(NamedTuple):
    """Up to `BLOCK` shoppers; rows of all fields agree.

    Attributes:
        first: Number of the first of them.
        languages: int8 [B], positions in `catalogue.LANGUAGES`.
        presence: float64 [B], probability of coming on a day.
        appetite: float64 [B], how much they watch and click, 1 on average.
        budgets: float64 [B], the price in USD at which half of them shrink back.
        sensitivities: float64 [B], how sharply they do.
        lifestyles: int8 [B, 9], those that they ever take up.
        episodes: float64 [B, 3], days for which each interest stays with one lifestyle.
        offsets: float64 [B, 3], days of its episode that have passed when the first day begins.
        strengths: float64 [B, 3], 0 for an interest they don't have.
        periods: float64 [B, 3], days of one slow swing of each interest.
        phases: float64 [B, 3], radians.
    """

    first: int
    languages: NDArray[np.int8]
    presence: NDArray[np.float64]
    appetite: NDArray[np.float64]
    budgets: NDArray[np.float64]
    sensitivities: NDArray[np.float64]
    lifestyles: NDArray[np.int8]
    episodes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    strengths: NDArray[np.float64]
    periods: NDArray[np.float64]
    phases: NDArray[np.float64]

    def felt(self, day: int) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
        """Return the taste on a day: lifestyles [B, 3] and their weights [B, 3], which sum to 1 a shopper."""
        turn = np.floor((day + self.offsets) / self.episodes).astype(np.int64)
        slot = (np.arange(_INTERESTS) + _INTERESTS * turn) % _REPERTOIRE
        lifestyles = np.take_along_axis(self.lifestyles, slot, axis=1)
        swing = np.exp(0.8 * np.sin(2 * np.pi * day / self.periods + self.phases))
        weights = self.strengths * swing
        return lifestyles, weights / weights.sum(axis=1, keepdims=True)


def blocks(settings: WorldSettings) -> range:
    """Return the numbers of the blocks that hold all shoppers."""
    return range(-(-settings.shoppers // BLOCK))


def draw_block(settings: WorldSettings, block: int, *, lifestyles: int) -> ShopperBlock:
    """Draw one block of shoppers.

    Args:
        settings: Of the world.
        block: Its number.
        lifestyles: The number of lifestyles to choose from.
    """
    size = min(BLOCK, settings.shoppers - block * BLOCK)
    random = stream(settings.seed, "shoppers", block=block)
    fame = stream(settings.seed, "fame of lifestyles").normal(0.0, 0.4, lifestyles)
    # Gumbel top-k: distinct lifestyles a shopper, likelier the more famous
    keys = fame + random.gumbel(size=(size, lifestyles))
    chosen = np.argsort(-keys, axis=1, kind="stable")[:, :_REPERTOIRE].astype(np.int8)
    shape = (size, _INTERESTS)
    strengths = np.array([1.0, 0.7, 0.5]) * random.lognormal(0.0, 0.3, shape)
    how_many = 1 + (random.random((size, 1)) < np.array(_SHARE_WITH[1:])).cumprod(axis=1).sum(axis=1)
    episodes = random.uniform(*_EPISODE, shape)
    return ShopperBlock(
        first=block * BLOCK,
        languages=random.choice(len(_LANGUAGES), size, p=_LANGUAGES).astype(np.int8),
        presence=random.beta(6.0, 2.0, size),
        appetite=random.lognormal(-0.08, 0.4, size),
        budgets=random.lognormal(np.log(80.0), 0.5, size),
        sensitivities=random.uniform(1.8, 3.0, size),
        lifestyles=chosen,
        episodes=episodes,
        offsets=random.random(shape) * episodes,
        strengths=np.where(np.arange(_INTERESTS) < how_many[:, None], strengths, 0.0),
        periods=random.uniform(8.0, 20.0, shape),
        phases=random.uniform(0.0, 2 * np.pi, shape),
    )
