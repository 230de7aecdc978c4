"""Objects as tokens: one token for each object of a small catalogue, a few parallel codes in a large one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.beyond_log.content_vectors import (
    content_basis,
    content_vectors,
    cooccurrence_vectors,
    from_content,
)
from airloom.beyond_log.product_quantization import ProductQuantizer
from airloom.beyond_log.settings import TokenSettings
from airloom.errors import AirloomError
from airloom.ranking.snapshot import Snapshot


class ItemTokens(NamedTuple):
    """The tokens of O objects in M columns with V values each; with M = 1 every object is a value.

    Attributes:
        codes: int32 [O, M], the values of each object.
        embedding_rows: int64 [M, V], row of a value's learnt embedding, 0 for none.
        features: float32 [M, V, D], what is known of a value: the vector of its object, or its centroid.
    """

    codes: NDArray[np.int32]
    embedding_rows: NDArray[np.int64]
    features: NDArray[np.float32]


class TokenSpace(NamedTuple):
    """What is stored so that the objects of a later snapshot get the tokens of training.

    The vector of an object is its content, and beside it what it is bought together with; for objects without
    events in training, the latter is predicted from the former.

    Attributes:
        item_ids: Objects with events in training.
        basis: float32 [2 * E, d], of content vectors.
        regression: float32 [d, c], from content to co-occurrence.
        item_vectors: float32 [n, d + c], of the objects with events; without rows where there are codes.
        item_codes: int32 [n, M], their codes; without columns where each object is a token.
        quantizer: Of other objects; None where each object is a token.
    """

    item_ids: list[str]
    basis: NDArray[np.float32]
    regression: NDArray[np.float32]
    item_vectors: NDArray[np.float32]
    item_codes: NDArray[np.int32]
    quantizer: ProductQuantizer | None

    @property
    def embeddings(self) -> int:
        """Learnt vectors of each column."""
        return len(self.item_ids) if self.quantizer is None else self.quantizer.centroids.shape[1]

    @classmethod
    def fit(cls, snapshot: Snapshot, seen: NDArray[np.int64], settings: TokenSettings) -> TokenSpace:
        """Return the space of a snapshot's objects.

        Args:
            snapshot: Of training.
            seen: int64 [n], rows of the objects with events, ascending: all is fitted to these only.
            settings: How objects become tokens.
        """
        ids = [snapshot.objects.ids[row] for row in seen.tolist()]
        basis = content_basis(snapshot, dimensions=settings.content_dimensions)
        content = content_vectors(snapshot, basis)[seen]
        together = cooccurrence_vectors(snapshot.neighbors, dimensions=settings.cooccurrence_dimensions)[seen]
        # both count the same, whatever their units
        together *= np.linalg.norm(content) / max(float(np.linalg.norm(together)), 1e-9)
        regression = from_content(content, together)
        alone = ~together.any(axis=1)
        together[alone] = content[alone] @ regression
        vectors = np.concatenate([content, together], axis=1)
        if len(snapshot.objects.ids) <= settings.max_item_tokens:
            return cls(ids, basis, regression, vectors, np.empty((len(ids), 0), np.int32), None)
        quantizer = ProductQuantizer.fit(vectors, columns=settings.columns, codewords=settings.codewords)
        codes = quantizer.encode_uniquely(vectors)
        return cls(ids, basis, regression, vectors[:0], codes, quantizer)

    def tokens(self, snapshot: Snapshot) -> ItemTokens:
        """Return the tokens of all objects of a snapshot.

        Raises:
            AirloomError: The snapshot's text embeddings are of another size than in training.
        """
        expected, given = len(self.basis), 2 * snapshot.objects.embeddings.shape[1]
        if expected != given:
            raise AirloomError(
                f"The generator reads text embeddings of {expected // 2} numbers, the snapshot has "
                f"{given // 2}",
                do="Train the generator again",
            )
        rows = np.array([snapshot.index.get(item_id, -1) for item_id in self.item_ids], np.int64)
        there = np.flatnonzero(rows >= 0)
        content = content_vectors(snapshot, self.basis)
        vectors = np.concatenate([content, content @ self.regression], axis=1)
        if self.quantizer is None:
            vectors[rows[there]] = self.item_vectors[there]
            embedding_rows = np.zeros((1, len(vectors)), np.int64)
            embedding_rows[0, rows[there]] = there + 1
            codes = np.arange(len(vectors), dtype=np.int32)[:, None]
            return ItemTokens(codes, embedding_rows, vectors[None])
        codes = np.empty((len(vectors), self.item_codes.shape[1]), np.int32)
        codes[rows[there]] = self.item_codes[there]
        new = np.setdiff1d(np.arange(len(vectors)), rows[there])
        codes[new] = self.quantizer.encode_uniquely(vectors[new], self.item_codes)
        columns, codewords, _ = self.quantizer.centroids.shape
        embedding_rows = np.tile(np.arange(1, codewords + 1), (columns, 1))
        return ItemTokens(codes, embedding_rows, self.quantizer.centroids)
