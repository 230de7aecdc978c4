from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.intents.sentence_encoder import SentenceEncoder


def test_like_means_near_and_a_blank_text_means_nothing(minilm: SentenceEncoder) -> None:
    vectors = minilm.encode(["cat video compilation", "cat bed", "camping stove", " "])

    assert vectors.dtype == np.float32
    assert vectors.shape == (4, minilm.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors[:3], axis=1), 1.0, rtol=1e-5)
    assert vectors[0] @ vectors[1] == pytest.approx(0.43, abs=0.02)
    assert vectors[0] @ vectors[2] < 0.2
    assert not vectors[3].any()


def test_tampered_weights_are_refused_before_they_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")

    with pytest.raises(AirloomError, match=r"is not all-MiniLM-L6-v2: its SHA-256 is [0-9a-f]{64}"):
        SentenceEncoder(folder=tmp_path).encode(["cat bed"])


def test_missing_weights_are_explained(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="no weights at"):
        SentenceEncoder(folder=tmp_path).encode(["cat bed"])
