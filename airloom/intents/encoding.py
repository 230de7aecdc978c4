"""Texts as vectors: the interface of an encoder, and a cache in the lake that never encodes a text twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.intents.encoding_claims import claimed
from airloom.intents.vector_files import Keys, VectorFiles
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
        """Return the texts' vectors, float32 [len(texts), dimension], unit length; zero for a blank text."""
        ...


class EmbeddingCache:
    """A `TextEncoder` that remembers, under `<lake>/embeddings/<encoder>/`; several processes may share it.

    Args:
        lake: Where vectors are kept.
        encoder: Asked for what is not there.
        keep: Whether new vectors are kept; not those of texts that tell about single users.
    """

    def __init__(self, lake: Lake, encoder: TextEncoder, *, keep: bool = True) -> None:
        self.encoder = encoder
        self._keep = keep
        self._folder = lake.path("embeddings", encoder.name)
        self._files = VectorFiles(self._folder, dimension=encoder.dimension)

    @property
    def name(self) -> str:
        """The name of the encoder."""
        return self.encoder.name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the texts' vectors, float32 [len(texts), dimension]; only texts never seen are encoded."""
        unique, inverse = np.unique(np.asarray(texts, dtype=object), return_inverse=True)
        keys = _keys([str(text) for text in unique])
        is_cached, vectors = self._files.look_up(keys)
        # alike lengths share a batch; a fixed order cuts a resumed run into the same batches
        order = sorted(np.flatnonzero(~is_cached).tolist(), key=lambda row: (len(unique[row]), unique[row]))
        chunks = [order[start : start + APPEND_EVERY] for start in range(0, len(order), APPEND_EVERY)]
        work: Iterable[list[int]] = chunks
        if self._keep:  # other processes may encode the same texts now
            work = claimed(self._folder, chunks, [int(keys[rows[0], 0]) for rows in chunks])
        if len(chunks) > 1:
            work = progress(work, what=f"encode {len(order):,} texts", total=len(chunks))
        for rows in work:
            if self._keep:
                is_cached, vectors[rows] = self._files.look_up(keys[rows])
                rows = [row for row, done in zip(rows, is_cached, strict=True) if not done]  # noqa: PLW2901
            if not rows:
                continue
            vectors[rows] = self.encoder.encode([str(unique[row]) for row in rows])
            if self._keep:
                self._files.append(keys[rows], vectors[rows])
        return vectors[inverse]


def embed_titles(lake: Lake, objects: pa.Table, *, encoder: TextEncoder) -> pa.Table:
    """Return columns object_id and embedding (fixed-size list of float32) for the titles, in order."""
    vectors = EmbeddingCache(lake, encoder).encode(objects["title"].to_pylist())
    values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), encoder.dimension)
    return pa.table({"object_id": objects["object_id"], "embedding": values})


def _keys(texts: Sequence[str]) -> Keys:
    hashes = b"".join(hashlib.sha256(text.encode()).digest()[:16] for text in texts)
    return np.frombuffer(hashes, ">u8").astype(np.uint64).reshape(-1, 2)
