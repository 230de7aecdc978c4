from __future__ import annotations

import numpy as np
import pytest

from airloom.assistant.graph.title_words import TitleWords

TITLES = ["Red wool mug", "red mugs, red", "blue rope", "never sold red"]
WORDS = TitleWords.of(TITLES, np.arange(3, dtype=np.int32))


def scores(*stems: str) -> list[float]:
    return [round(float(score), 6) for score in WORDS.scores(stems, len(TITLES))]


def test_a_title_fits_by_the_share_of_what_the_words_tell() -> None:
    common, rare = np.log1p(3 / 2), np.log1p(3 / 1)
    expected = [1.0, common / (common + rare), 0.0, 0.0]
    assert scores("red", "wool") == pytest.approx(expected, abs=1e-5)
    assert scores("red", "red", "wool") == scores("red", "wool")


def test_a_word_of_no_title_tells_as_much_as_a_rare_one() -> None:
    assert scores("blue", "green") == pytest.approx([0.0, 0.0, 0.5, 0.0])
    assert scores("green") == scores() == [0.0] * 4
