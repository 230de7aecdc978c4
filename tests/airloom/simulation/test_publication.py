from __future__ import annotations

import numpy as np

from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.publication import draw_publication
from airloom.simulation.settings import WorldSettings
from airloom.timestamps import MICROS_PER_DAY

SETTINGS = WorldSettings()
PUBLICATION = draw_publication(SETTINGS, load_catalogue())


def test_a_sixth_of_the_products_appears_during_the_world() -> None:
    new = PUBLICATION.product_at >= 0
    assert 0.14 < new.mean() < 0.20
    assert PUBLICATION.product_at.max() < SETTINGS.days * MICROS_PER_DAY


def test_videos_appear_on_every_day() -> None:
    days = PUBLICATION.content_at[PUBLICATION.content_at >= 0] // MICROS_PER_DAY
    assert set(days.tolist()) == set(range(SETTINGS.days))


def test_nothing_is_watched_before_it_is_published() -> None:
    for day in range(SETTINGS.days):
        audience = PUBLICATION.audience(day)
        assert np.array_equal(audience > 0, PUBLICATION.content_at < (day + 1) * MICROS_PER_DAY)


def test_half_of_an_audience_has_gone_after_two_days() -> None:
    old = PUBLICATION.content_at < 0
    share = PUBLICATION.audience(3)[old] / PUBLICATION.audience(1)[old]
    assert np.all(share >= 0.5)
    assert 0.5 < np.median(share) < 0.9
    fresh = PUBLICATION.content_at // MICROS_PER_DAY == 4
    decline = PUBLICATION.audience(7)[fresh] / PUBLICATION.audience(5)[fresh]
    assert np.allclose(decline, 0.5, atol=0.05)


def test_the_shelf_holds_what_was_published_before_the_day() -> None:
    assert np.array_equal(PUBLICATION.on_shelf(5), PUBLICATION.product_at < 5 * MICROS_PER_DAY)
    assert PUBLICATION.on_shelf(SETTINGS.days - 1).sum() > PUBLICATION.on_shelf(0).sum()
