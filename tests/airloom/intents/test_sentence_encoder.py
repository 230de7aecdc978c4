from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.intents.sentence_encoder import SentenceEncoder, installed


def test_like_means_near_and_a_blank_text_means_nothing(minilm: SentenceEncoder) -> None:
    vectors = minilm.encode(["cat video compilation", "cat bed", "camping stove", " "])

    assert vectors.dtype == np.float32
    assert vectors.shape == (4, minilm.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors[:3], axis=1), 1.0, rtol=1e-5)
    assert vectors[0] @ vectors[1] == pytest.approx(0.43, abs=0.02)
    assert vectors[0] @ vectors[2] < 0.2
    assert not vectors[3].any()


def test_the_order_and_the_company_of_texts_do_not_matter(minilm: SentenceEncoder) -> None:
    texts = [
        "a",
        "",
        "a much longer text " * 9,
        *(f"text number {number}" * (number % 4) for number in range(40)),
    ]
    vectors = minilm.encode(texts)

    np.testing.assert_allclose(minilm.encode(texts[::-1])[::-1], vectors, atol=1e-6)
    np.testing.assert_allclose(minilm.encode(texts[2:3]), vectors[2:3], atol=1e-6)


def test_vectors_are_those_of_the_published_model(minilm: SentenceEncoder) -> None:
    library = pytest.importorskip("sentence_transformers")
    texts = ["Mi cara a los 16 sin filtros 😂", "新铁锅开锅全过程", "cat bed", "word " * 400]

    published = library.SentenceTransformer(str(installed()), device="cpu", local_files_only=True)

    expected = published.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(minilm.encode(texts), expected, atol=1e-6)


def test_nothing_is_loaded_for_blank_texts(tmp_path: Path) -> None:
    assert SentenceEncoder(folder=tmp_path / "absent").encode([" ", ""]).shape == (2, 384)


def test_tampered_weights_are_refused_before_they_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")

    with pytest.raises(AirloomError, match=r"is not of all-MiniLM-L6-v2: its SHA-256 is [0-9a-f]{64}"):
        SentenceEncoder(folder=tmp_path).encode(["cat bed"])


def test_missing_weights_are_explained(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="all-MiniLM-L6-v2 has no file at"):
        SentenceEncoder(folder=tmp_path).encode(["cat bed"])
