"""Texts as vectors: the seam to an encoder, and a cache in the lake that never encodes a text twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents import parts
from airloom.logs.lake import Lake
from airloom.progress import progress

APPEND_EVERY: Final = 512
"""Texts between two writes of the cache: what a killed run loses at most."""


class TextEncoder(Protocol):
    """Turns texts into unit vectors; the same text always gives the same vector."""

    @property
    def name(self) -> str:
        """Names the weights, in characters that a folder may have; vectors are cached under it."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [len(texts), dimension], unit length; zero for a blank text."""
        ...


class EmbeddingCache:
    """An encoder that remembers, under `<lake>/embeddings/<encoder>/`."""

    def __init__(self, lake: Lake, encoder: TextEncoder) -> None:
        self.encoder = encoder
        self._folder: Path = lake.path("embeddings", encoder.name)
        self._keys: dict[Path, pa.Array] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [len(texts), dimension]; asks the encoder only for texts never seen before."""
        unique, inverse = np.unique(np.asarray(texts, dtype=object), return_inverse=True)
        keys = pa.array([_key(text) for text in unique], pa.binary(16))
        vectors = np.zeros((len(unique), self.encoder.dimension), np.float32)
        missing = ~self._look_up(keys, vectors)
        # alike lengths share a batch; a fixed order cuts a resumed run into the same batches
        order = sorted(np.flatnonzero(missing).tolist(), key=lambda row: (len(unique[row]), unique[row]))
        starts = range(0, len(order), APPEND_EVERY)
        for start in progress(starts, what=f"encode {len(order):,} texts") if len(starts) > 1 else starts:
            rows = order[start : start + APPEND_EVERY]
            vectors[rows] = self.encoder.encode([str(unique[row]) for row in rows])
            self._append(keys.take(pa.array(rows)), vectors[rows])
        return vectors[inverse]

    def _look_up(self, keys: pa.Array, vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
        found = np.zeros(len(keys), np.bool_)
        for file in parts.files(self._folder):
            places = pc.index_in(self._keys_of(file), value_set=keys)
            hits = places.is_valid()
            if not pc.any(hits).as_py():
                continue  # most files hold other texts, and vectors are what is slow to read
            rows = places.filter(hits).to_numpy()
            values = parts.read_file(file, columns=["vector"])["vector"].combine_chunks().filter(hits)
            vectors[rows] = values.flatten().to_numpy().reshape(len(rows), self.encoder.dimension)
            found[rows] = True
        return found

    def _keys_of(self, file: Path) -> pa.Array:
        if file not in self._keys:  # a file never changes
            self._keys[file] = parts.read_file(file, columns=["key"])["key"].combine_chunks()
        return self._keys[file]

    def _append(self, keys: pa.Array, vectors: NDArray[np.float32]) -> None:
        values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), self.encoder.dimension)
        parts.append(self._folder, pa.table({"key": keys, "vector": values}))


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
