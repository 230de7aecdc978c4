from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.texts import DIMENSIONS, Texts, shortened


def embeddings(seed: int, rows: int, dimension: int = 384) -> NDArray[np.float32]:
    """Unit vectors that, like those of sentences, differ in some directions far more than in others."""
    rng = np.random.default_rng(seed)
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(dimension, dimension)))[0]
    values = rng.normal(size=(rows, dimension)) / (5 + np.arange(dimension)) @ turned
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def test_cosines_stay_nearly_what_they_were() -> None:
    objects, nodes = embeddings(1, 500), embeddings(2, 80)
    texts = Texts.of(objects, nodes)
    assert texts.objects.shape == (500, DIMENSIONS)
    assert np.corrcoef((texts.objects @ texts.nodes.T).ravel(), (objects @ nodes.T).ravel())[0, 1] > 0.98


def test_what_is_shortened_later_is_in_the_same_coordinates() -> None:
    objects, nodes = embeddings(1, 500), embeddings(2, 80)
    texts = Texts.of(objects, nodes)
    np.testing.assert_array_equal(shortened(nodes, texts.basis), texts.nodes)
    np.testing.assert_allclose(texts.basis.T @ texts.basis, np.eye(DIMENSIONS), atol=1e-5)


def test_lengths_are_one_and_no_title_stays_none() -> None:
    objects = embeddings(1, 200)
    objects[7] = 0
    texts = Texts.of(objects, embeddings(2, 20))
    lengths = np.linalg.norm(texts.objects, axis=1)
    assert lengths[7] == 0
    np.testing.assert_allclose(np.delete(lengths, 7), 1, atol=1e-5)


def test_short_embeddings_stay_as_they_are() -> None:
    objects, nodes = embeddings(1, 30, dimension=16), embeddings(2, 5, dimension=16)
    texts = Texts.of(objects, nodes)
    np.testing.assert_array_equal(texts.objects, objects)
    np.testing.assert_array_equal(
        shortened(nodes, texts.basis), nodes / np.linalg.norm(nodes, axis=1)[:, None]
    )


def test_nothing_at_all_is_no_error() -> None:
    texts = Texts.of(np.empty((0, 384), np.float32), np.empty((0, 384), np.float32))
    assert texts.objects.shape == texts.nodes.shape == (0, DIMENSIONS)
