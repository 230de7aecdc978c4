"""When videos and products appear, and how much there is to each of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.simulation.catalogue import SampleCatalogue
from airloom.simulation.seeds import stream
from airloom.simulation.settings import WorldSettings
from airloom.timestamps import MICROS_PER_DAY

_VIDEOS_BEFORE = 0.25  # share published in the weeks before the first day
_NEW_PRODUCTS = 0.17  # share published during the days of the world
_HALF_LIFE = 2.0  # days in which half of a video's audience has passed
_EVERGREEN = 0.03  # audience that stays, of the first day's


class Publication(NamedTuple):
    """Moments and qualities of the catalogue's objects.

    Attributes:
        content_at: int64 [C], microseconds since the first day began, like all times of the simulation.
        content_fame: float64 [C], how widely a video is shown.
        product_at: int64 [P], microseconds.
        product_fame: float64 [P], how widely a product is known.
        product_appeal: float64 [P], between 0.3 and 1, how well it pleases those who want its kind.
    """

    content_at: NDArray[np.int64]
    content_fame: NDArray[np.float64]
    product_at: NDArray[np.int64]
    product_fame: NDArray[np.float64]
    product_appeal: NDArray[np.float64]

    def audience(self, day: int) -> NDArray[np.float64]:
        """Return the weight [C] of each video in a day's views: largest in the days after its publication."""
        hours_open = np.clip((day + 1) * MICROS_PER_DAY - self.content_at, 0, MICROS_PER_DAY) / MICROS_PER_DAY
        age = np.maximum(day * MICROS_PER_DAY - self.content_at, 0) / MICROS_PER_DAY
        return self.content_fame * hours_open * (_EVERGREEN + 0.5 ** (age / _HALF_LIFE))

    def on_shelf(self, day: int) -> NDArray[np.bool_]:
        """Return the products [P] published before a day began: yesterday's tables have them."""
        return self.product_at < day * MICROS_PER_DAY


def draw_publication(settings: WorldSettings, catalogue: SampleCatalogue) -> Publication:
    """Draw when each object of the catalogue appears."""
    random = stream(settings.seed, "publication")
    videos, products = len(catalogue.content_ids), len(catalogue.product_ids)

    def moments(count: int, *, share_before: float, days_before: int) -> NDArray[np.int64]:
        early = random.integers(-days_before * MICROS_PER_DAY, 0, count)
        late = random.integers(0, settings.days * MICROS_PER_DAY, count)
        return np.where(random.random(count) < share_before, early, late)

    return Publication(
        content_at=moments(videos, share_before=_VIDEOS_BEFORE, days_before=14),
        content_fame=random.lognormal(0.0, 0.8, videos),
        product_at=moments(products, share_before=1 - _NEW_PRODUCTS, days_before=300),
        product_fame=random.lognormal(0.0, 1.2, products),
        product_appeal=random.uniform(0.3, 1.0, products),
    )
