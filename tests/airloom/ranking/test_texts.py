from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.ranking.texts import DIMENSIONS, Texts, reduce_dimensions


def embeddings(seed: int, rows: int, dimension: int = 384) -> NDArray[np.float32]:
    """Unit vectors that, like those of sentences, differ in some directions far more than in others."""
    rng = np.random.default_rng(seed)
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(dimension, dimension)))[0]
    values = rng.normal(size=(rows, dimension)) / (5 + np.arange(dimension)) @ turned
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def test_products_are_nearly_the_cosines_and_not_larger_on_average() -> None:
    objects, nodes = embeddings(1, 500), embeddings(2, 80)
    texts = Texts.of(objects, nodes)
    assert texts.objects.shape == (500, DIMENSIONS)
    cosines, products = objects @ nodes.T, texts.objects @ texts.nodes.T
    assert np.corrcoef(cosines.ravel(), products.ravel())[0, 1] > 0.99
    near = cosines >= 0.2
    assert abs((products - cosines)[near].mean()) < 0.01


def test_what_is_shortened_later_is_in_the_same_coordinates() -> None:
    objects, nodes = embeddings(1, 500), embeddings(2, 80)
    texts = Texts.of(objects, nodes)
    np.testing.assert_allclose(reduce_dimensions(nodes, texts.basis), texts.nodes, atol=1e-6)
    np.testing.assert_allclose(texts.basis.T @ texts.basis, np.eye(DIMENSIONS), atol=1e-5)


def test_all_dimensions_change_no_cosine() -> None:
    objects, nodes = embeddings(1, 30, dimension=16), embeddings(2, 5, dimension=16)
    texts = Texts.of(objects, nodes)
    np.testing.assert_allclose(texts.objects @ texts.nodes.T, objects @ nodes.T, atol=1e-6)


def test_the_number_of_threads_does_not_change_a_bit() -> None:
    objects, nodes = embeddings(1, 3_000), embeddings(2, 80)
    texts = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            texts.append(Texts.of(objects, nodes))
    for one, other in zip(*texts, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_at_all_is_no_error() -> None:
    texts = Texts.of(np.empty((0, 384), np.float32), np.empty((0, 384), np.float32))
    assert texts.objects.shape == texts.nodes.shape == (0, DIMENSIONS)
