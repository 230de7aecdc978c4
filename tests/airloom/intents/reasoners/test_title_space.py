from __future__ import annotations

import numpy as np
import pytest

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.reasoners import title_space
from airloom.intents.reasoners.title_space import TitleSpace, common, spell_pictograms, without
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import HashingEncoder

SUBJECTS = ["cats", "coffee", "tents", "knives", "paint", "yoga"]
TITLES = [f"a new clip for all of you about {subject} number {n}" for subject in SUBJECTS for n in range(20)]


def space(lake: Lake, titles: list[str] = TITLES) -> TitleSpace:
    return TitleSpace(titles, EmbeddingCache(lake, HashingEncoder()))


def test_titles_that_share_only_what_all_titles_share_are_not_alike(lake: Lake) -> None:
    pair = ["a new clip for all of you about cats", "a new clip for all of you about tents"]
    plain = HashingEncoder().encode(pair)

    vectors = space(lake).encode(pair)

    assert plain[0] @ plain[1] > 0.7
    assert float(vectors[0] @ vectors[1]) < 0.5
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)


def test_a_title_has_the_same_vector_whichever_titles_are_read_with_it(lake: Lake) -> None:
    alone = space(lake).encode(["cats and coffee"])

    among_others = space(lake).encode([*TITLES, "cats and coffee"])

    np.testing.assert_allclose(among_others[-1:], alone, atol=1e-6)


def test_nothing_is_taken_away_when_there_are_few_titles(lake: Lake) -> None:
    few = TITLES[: title_space.SAMPLE_AT_LEAST - 1]

    np.testing.assert_array_equal(space(lake, few).encode(few), HashingEncoder().encode(few))


def test_a_title_without_a_word_says_nothing(lake: Lake) -> None:
    assert not space(lake).encode(["\ufe0f"]).any()


def test_the_main_axis_is_the_one_that_divides_the_vectors() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(0, 0.1, (200, 8)).astype(np.float32) + 1.0
    vectors[:100, 3] += 5.0  # as a second language would

    direction = common(vectors)

    assert abs(direction.axis[3]) == pytest.approx(1.0, abs=0.01)
    assert np.abs(without(direction, vectors)[:, 3]).max() < 0.05


@pytest.mark.parametrize(
    ("title", "spelled"),
    [
        ("mi gato 😂", "mi gato face with tears of joy"),
        ("surf🏄🏽‍♂️ day", "surf surfer male sign day"),
        ("20° and 5 ^ 2, größer™", "20° and 5 ^ 2, größer™"),
        ("养了两周的酵种", "养了两周的酵种"),
    ],
)
def test_emoji_are_spelled_and_nothing_else_is(title: str, spelled: str) -> None:
    assert spell_pictograms(title) == spelled
