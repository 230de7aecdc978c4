"""The network of the multilingual sentence encoder: convolutions over word vectors, then their mean.

Each word piece is read alone and with its neighbors, in windows of 2, 3 and 5 pieces; the sum of what was
read, divided by the root of its length, goes through a residual network (Yang et al., 2019,
https://arxiv.org/abs/1907.04307, "CNN").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]

CHUNKS: Final = 17
"""Row n of the table of word vectors is row n // CHUNKS of chunk n % CHUNKS."""
WINDOWS: Final[Mapping[int, int]] = {2: 0, 3: 1, 5: 2}
"""Pieces of a window to how many of them lie before the piece that is read."""


class Network:
    """Word pieces to the vector of a sentence.

    Args:
        arrays: By name, as the file of weights has them; word vectors are integers of 6 bits.
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        chunks = [arrays[f"q{number + 1}"] for number in range(CHUNKS)]
        # 65 MB; as numbers of 32 bits they would be four times as large
        self._table = np.empty((CHUNKS * len(chunks[0]), chunks[0].shape[1]), np.uint8)
        for number, chunk in enumerate(chunks):
            self._table[number::CHUNKS] = chunk
        self._eps = np.float32(arrays["eps"])
        self._weights: dict[str, Matrix] = {
            name: np.asarray(array, np.float32) for name, array in arrays.items() if name[0] != "q"
        }

    @classmethod
    def load(cls, file: Path) -> Network:
        """Read the weights, float32 and uint8 arrays without pickles."""
        with np.load(file, allow_pickle=False) as archive:
            return cls({name: archive[name] for name in archive.files})

    def encode(self, sentences: Sequence[Sequence[int]]) -> Matrix:
        """Return the vectors of N sentences, float32 [N, 512], unit length.

        Args:
            sentences: Ids of the word pieces of each sentence; at least one each.
        """
        weights = self._weights
        lengths = np.array([len(sentence) for sentence in sentences])
        starts = np.cumsum(lengths) - lengths
        words = self._word_vectors(np.concatenate([np.asarray(ids, np.int64) for ids in sentences]))
        features = np.hstack([words, *self._convolutions(words, starts, lengths)])
        features = self._layer_norm(features, weights["ln_g"], weights["ln_b"])
        # the sum over a sentence and the projection commute, so that only N rows are projected
        sums = np.add.reduceat(features, starts, axis=0) @ weights["cnn_W"]
        counts = lengths[:, None].astype(np.float32)
        means = (sums + counts * weights["cnn_b"]) / np.sqrt(counts)
        return self._residual_network(means.astype(np.float32))

    def _word_vectors(self, ids: Rows) -> Matrix:
        chunk = ids % CHUNKS
        scale, low = self._weights["scale"][chunk, None], self._weights["lo"][chunk, None]
        return np.asarray(self._table[ids] * scale + low, np.float32)

    def _convolutions(self, words: Matrix, starts: Rows, lengths: Rows) -> list[Matrix]:
        """Return what windows of each size say of each piece, float32 [pieces, 256] each."""
        weights = self._weights
        projected = np.hstack([words @ weights[f"proj{size}"] + weights[f"proj_b{size}"] for size in WINDOWS])
        gains = np.hstack([weights[f"ln_g{size}"] for size in WINDOWS])
        biases = np.hstack([weights[f"ln_b{size}"] for size in WINDOWS])
        parts = np.split(self._layer_norm(projected, gains, biases), len(WINDOWS), axis=1)
        results = []
        for (size, before), states in zip(WINDOWS.items(), parts, strict=True):
            rows = _window_rows(starts, lengths, size=size, before=before)
            for layer in ("1", "2"):
                seen = _windows(states, rows) @ weights[f"w{layer}_{size}"] + weights[f"b{layer}_{size}"]
                states = states + np.maximum(seen, 0)  # noqa: PLW2901 - a layer's output is the next one's input
            results.append(states)
        return results

    def _layer_norm(self, rows: Matrix, gain: Matrix, bias: Matrix) -> Matrix:
        centered = rows - rows.mean(axis=1, keepdims=True)
        deviation = np.sqrt((centered * centered).mean(axis=1, keepdims=True) + self._eps)
        return np.asarray(centered / deviation * gain + bias, np.float32)

    def _residual_network(self, means: Matrix) -> Matrix:
        weights = self._weights
        hidden = np.maximum(means @ weights["d0"], 0) @ weights["d1"] + means @ weights["p1"]
        hidden = np.maximum(hidden, 0)
        output = np.tanh(np.maximum(hidden @ weights["d2"], 0) @ weights["d3"] + hidden @ weights["p3"])
        lengths = np.linalg.norm(output, axis=1, keepdims=True)
        return np.asarray(output / np.maximum(lengths, np.sqrt(self._eps)), np.float32)


def _window_rows(starts: Rows, lengths: Rows, *, size: int, before: int) -> Rows:
    """Return the pieces in the window of each piece, [pieces, size]; -1 beyond the ends of its sentence."""
    pieces = np.arange(lengths.sum())[:, None]
    rows = pieces + np.arange(size) - before
    begins = np.repeat(starts, lengths)[:, None]
    inside = (rows >= begins) & (rows < begins + np.repeat(lengths, lengths)[:, None])
    return np.where(inside, rows, -1)


def _windows(states: Matrix, rows: Rows) -> Matrix:
    """Return the states of each window side by side, [pieces, size * width]; zeros for row -1."""
    padded = np.vstack([states, np.zeros_like(states[:1])])
    return np.asarray(padded[rows].reshape(len(rows), -1), np.float32)
