from __future__ import annotations

import numpy as np

from airloom.beyond_log.product_quantization import ProductQuantizer


def vectors(count: int, *, seed: int = 0, size: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, size)).astype(np.float32)


def test_a_code_is_that_of_the_nearest_codeword() -> None:
    points = vectors(200)
    quantizer = ProductQuantizer.fit(points, columns=3, codewords=8)
    parts = np.split((points - quantizer.mean) @ quantizer.rotation, 3, axis=1)
    for column, part in enumerate(parts):
        distances = ((part[:, None] - quantizer.centroids[column]) ** 2).sum(axis=2)
        assert (quantizer.encode(points)[:, column] == distances.argmin(axis=1)).all()


def test_no_two_objects_have_the_same_codes_even_if_they_are_alike() -> None:
    points = np.repeat(vectors(40), 3, axis=0)
    quantizer = ProductQuantizer.fit(points, columns=2, codewords=32)
    codes = quantizer.encode_uniquely(points)
    assert len(np.unique(codes, axis=0)) == len(points)
    changed = (codes != quantizer.encode(points)).sum(axis=1)
    assert changed.max() == 1  # the others keep all but one code
    assert (changed == 0).sum() >= 20


def test_codes_that_are_taken_are_not_given_again() -> None:
    points = vectors(30)
    quantizer = ProductQuantizer.fit(points, columns=3, codewords=8)
    old = quantizer.encode_uniquely(points)
    new = quantizer.encode_uniquely(points, old)
    both = np.concatenate([old, new])
    assert len(np.unique(both, axis=0)) == len(both)


def test_variance_is_shared_among_the_subspaces() -> None:
    points = vectors(500) * np.array([16, 8, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1], np.float32)
    rotation = ProductQuantizer.fit(points, columns=2, codewords=4).rotation
    assert np.allclose(rotation.T @ rotation, np.eye(12), atol=1e-5)
    logs = np.log((points @ rotation).var(axis=0))
    first, second = logs.reshape(2, 6).sum(axis=1)
    assert abs(first - second) < 0.5 * np.abs(logs).max()


def test_more_objects_of_one_content_than_codes_beside_it_share_a_code() -> None:
    points = np.repeat(vectors(2), 4, axis=0)
    quantizer = ProductQuantizer.fit(points, columns=2, codewords=2)
    codes = quantizer.encode_uniquely(points)
    assert len(np.unique(codes, axis=0)) == 4  # all that there are


def test_fewer_objects_than_codewords() -> None:
    quantizer = ProductQuantizer.fit(vectors(3), columns=2, codewords=256)
    assert quantizer.centroids.shape[1] == 3
