from __future__ import annotations

import numpy as np
import pytest

from airloom.intents.joined_encoder import EncoderPart, JoinedEncoder
from tests.airloom.intents.shop import HashingEncoder

TEXTS = ["cat bed", "a bed for a cat", "camping stove", " "]


def test_a_cosine_is_the_weighted_mean_of_the_parts() -> None:
    small, large = HashingEncoder(dimension=32), HashingEncoder(dimension=256)
    joined = JoinedEncoder(EncoderPart(small, 0.25), EncoderPart(large, 0.75))

    vectors = joined.encode(TEXTS)

    assert vectors.shape == (4, joined.dimension) == (4, 288)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0], atol=1e-6)
    first, second = small.encode(TEXTS), large.encode(TEXTS)
    expected = 0.25 * first @ first.T + 0.75 * second @ second.T
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-6)


@pytest.mark.parametrize("share", [0.5, 0.75])
def test_another_share_is_another_name(share: float) -> None:
    part = HashingEncoder()

    names = {JoinedEncoder(EncoderPart(part, own), EncoderPart(part, 1 - own)).name for own in (0.25, share)}

    assert len(names) == 2
