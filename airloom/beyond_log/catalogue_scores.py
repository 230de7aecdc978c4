"""Exact scores of a whole catalogue by table look-up: nothing that is not in it can come out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from airloom.beyond_log.item_tokens import ItemTokens
from airloom.beyond_log.network import GeneratorNetwork, TokenTensors
from airloom.compiled import compiled

F32 = NDArray[np.float32]


class ValueSet(NamedTuple):
    """Some items, and the values of each column that they have.

    Attributes:
        items: int32 [P], rows of the snapshot.
        values: int64 [v] for each column, values of the column, ascending.
        codes: int32 [P, M], tokens of the items as indices into `values`.
    """

    items: NDArray[np.int32]
    values: list[NDArray[np.int64]]
    codes: NDArray[np.int32]

    @classmethod
    def of(cls, tokens: ItemTokens, items: NDArray[np.int32]) -> ValueSet:
        """Return the values of `items`."""
        columns = [np.unique(column, return_inverse=True) for column in tokens.codes[items].T]
        codes = np.stack([indices for _, indices in columns], axis=1).astype(np.int32)
        return cls(items, [values.astype(np.int64) for values, _ in columns], np.ascontiguousarray(codes))

    def item_index(self, objects: int) -> NDArray[np.int64]:
        """Return the index of each of the snapshot's objects among the items, int64 [O], -1 for others."""
        index = np.full(objects, -1, np.int64)
        index[self.items] = np.arange(len(self.items))
        return index


def value_log_probabilities(
    network: GeneratorNetwork,
    states: Tensor,
    tokens: TokenTensors,
    vectors: list[Tensor],
    values: ValueSet,
) -> F32:
    """Return the log probability of each value of each column, float32 [n, M, v], padded with -inf.

    Args:
        network: The generator.
        states: float32 [n, width].
        tokens: Of the snapshot.
        vectors: `network.token_vectors(tokens)`.
        values: Those that are possible.
    """
    most = max(len(column) for column in values.values)
    out = np.full((len(states), len(values.values), most), -np.inf, np.float32)
    for column, rows in enumerate(values.values):
        index = torch.from_numpy(rows)
        logits = network.logits(states, column, vectors[column][index], tokens.embedding_rows[column][index])
        out[:, column, : len(rows)] = logits.log_softmax(dim=-1).numpy()
    return out


@compiled
def item_log_probabilities(table: F32, codes: NDArray[np.int32], out: F32) -> None:
    """Write the log probability of each item, float32 [P]: the sum of those of its tokens.

    Args:
        table: float32 [M, v], log probabilities of the values.
        codes: int32 [P, M].
        out: float32 [P].
    """
    for item in range(len(codes)):
        total = np.float32(0.0)
        for column in range(codes.shape[1]):
            total += table[column, codes[item, column]]
        out[item] = total


@compiled
def softmax_in_place(scores: F32, inverse_temperature: np.float32) -> None:
    """Turn log probabilities, float32 [P], into probabilities that sum to one; -inf becomes 0."""
    highest = np.float32(-np.inf)
    for item in range(len(scores)):
        highest = max(highest, scores[item])
    total = 0.0
    for item in range(len(scores)):
        scores[item] = np.exp((scores[item] - highest) * inverse_temperature)
        total += scores[item]
    for item in range(len(scores)):
        scores[item] /= np.float32(total)


@compiled
def expected_purchases(
    tables: NDArray[np.float32],
    codes: NDArray[np.int32],
    excluded_offsets: NDArray[np.int64],
    excluded: NDArray[np.int64],
) -> F32:
    """Return how often each item is expected in the blanks of each sequence, float32 [n, P].

    Args:
        tables: float32 [n, K, M, v], log probabilities of the values in each blank.
        codes: int32 [P, M].
        excluded_offsets: int64 [n + 1]; sequence i may not have the items of the offsets i to i + 1.
        excluded: int64 [X], indices of items.
    """
    out = np.zeros((len(tables), len(codes)), np.float32)
    scores = np.empty(len(codes), np.float32)
    for row in range(len(tables)):
        for blank in range(tables.shape[1]):
            item_log_probabilities(tables[row, blank], codes, scores)
            scores[excluded[excluded_offsets[row] : excluded_offsets[row + 1]]] = -np.inf
            softmax_in_place(scores, np.float32(1.0))
            out[row] += scores
    return out
