from __future__ import annotations

import numpy as np
import pytest

from airloom.beyond_log.corruption import MIN_RATE, Corruption, corrupt
from airloom.beyond_log.settings import CorruptionSettings
from airloom.errors import AirloomError

BATCH, LENGTH, COLUMNS, BLANKS = 400, 12, 3, 4


def drawn(settings: CorruptionSettings) -> tuple[Corruption, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    there = rng.random((BATCH, LENGTH)) < 0.8
    is_product = there & (rng.random((BATCH, LENGTH)) < 0.5)
    corruption = corrupt(
        there, is_product, columns=COLUMNS, blanks=BLANKS, settings=settings, rng=np.random.default_rng(4)
    )
    return corruption, there, is_product


def test_the_weighted_masks_stand_for_all_tokens_on_average() -> None:
    corruption, there, _ = drawn(CorruptionSettings(1, 1, 0, 0))
    assert not corruption.masked[~there].any()
    assert corruption.counts.tolist() == (there.sum(axis=1) * COLUMNS).tolist()
    weighted = corruption.masked.sum(axis=(1, 2)) * corruption.weights
    assert weighted.mean() == pytest.approx(corruption.counts.mean(), rel=0.05)
    assert corruption.weights.max() <= 1 / MIN_RATE


def test_an_item_is_masked_whole_or_not_at_all() -> None:
    corruption, _, _ = drawn(CorruptionSettings(0, 1, 0, 0))
    assert (corruption.masked.all(axis=2) == corruption.masked.any(axis=2)).all()
    by_token, _, _ = drawn(CorruptionSettings(1, 0, 0, 0))
    assert (by_token.masked.all(axis=2) != by_token.masked.any(axis=2)).any()


def test_purchases_are_masked_and_content_is_not() -> None:
    corruption, _, is_product = drawn(CorruptionSettings(0, 0, 1, 0))
    assert (corruption.masked.all(axis=2) == is_product).all()
    assert (corruption.weights == 1).all()


def test_only_the_blanks_are_masked() -> None:
    corruption, there, _ = drawn(CorruptionSettings(0, 0, 0, 1))
    assert not corruption.masked[:, : LENGTH - BLANKS].any()
    assert (corruption.masked[:, LENGTH - BLANKS :].all(axis=2) == there[:, LENGTH - BLANKS :]).all()


@pytest.mark.parametrize("shares", [(0, 0, 0, 0), (-1, 1, 1, 1)])
def test_shares_that_are_none_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(AirloomError, match="Shares of corruption"):
        drawn(CorruptionSettings(*shares))
