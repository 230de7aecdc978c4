"""The generator's network: a bidirectional transformer that fills masked tokens of a sequence of items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from airloom.beyond_log.item_tokens import ItemTokens
from airloom.beyond_log.settings import GeneratorSettings
from airloom.logs.contract import ACTIONS

HIDDEN_PRODUCT: Final = len(ACTIONS)
"""Action of a masked product or a blank: what the user did is not known, but that it was in the shop is."""
HIDDEN_CONTENT: Final = len(ACTIONS) + 1
GAP_BUCKETS: Final = 14
"""Bucket b holds events up to 2**(b - 1) hours before the newest one, the last bucket all that are older."""


class TokenTensors(NamedTuple):
    """`ItemTokens` without codes, as tensors.

    Attributes:
        embedding_rows: int64 [M, V].
        features: float32 [M, V, D].
    """

    embedding_rows: Tensor
    features: Tensor

    @classmethod
    def of(cls, tokens: ItemTokens) -> TokenTensors:
        """Return the tensors of some tokens."""
        return cls(torch.from_numpy(tokens.embedding_rows), torch.from_numpy(np.array(tokens.features)))


class MaskedSequences(NamedTuple):
    """B sequences of L positions: up to `max_events` events, padded in front, then the blanks.

    Attributes:
        tokens: int64 [B, L, M].
        masked: bool [B, L, M], tokens that the network may not see.
        actions: int64 [B, L], indices into `ACTIONS`, or one of the two above.
        gaps: int64 [B, L], bucket of the time before the newest event; 0 for blanks.
        padding: bool [B, L], true where there is nothing.
    """

    tokens: Tensor
    masked: Tensor
    actions: Tensor
    gaps: Tensor
    padding: Tensor


class GeneratorNetwork(nn.Module):
    """Reads items as sums of their tokens' vectors; a token's vector is learnt and read from its features.

    Attributes:
        settings: Sizes.
        columns: Tokens of an item, M.
    """

    embedding: Sequence[nn.Embedding]
    bias: Sequence[nn.Embedding]

    def __init__(self, settings: GeneratorSettings, *, columns: int, embeddings: int, features: int) -> None:
        """Create a network with random weights.

        Args:
            settings: Sizes.
            columns: M.
            embeddings: Learnt vectors of each column, besides that of row 0, which is zero.
            features: Dimensions of a token's features.
        """
        super().__init__()
        width = settings.width
        self.settings, self.columns = settings, columns
        self.embedding = _embeddings(columns, embeddings + 1, width)
        self.bias = _embeddings(columns, embeddings + 1, 1)
        self.feature = nn.ModuleList(nn.Linear(features, width, bias=False) for _ in range(columns))
        self.mask = nn.Parameter(torch.zeros(columns, width))
        self.action = nn.Embedding(len(ACTIONS) + 2, width)
        self.gap = nn.Embedding(GAP_BUCKETS, width)
        self.position = nn.Embedding(settings.max_events + settings.blanks, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width,
                settings.heads,
                4 * width,
                settings.dropout,
                "gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(settings.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.query = nn.ModuleList(nn.Linear(width, width) for _ in range(columns))
        self.logit_scale = nn.Parameter(torch.zeros(columns))
        self.dropout = nn.Dropout(settings.dropout)
        for table in (*self.embedding, self.action, self.gap, self.position):
            nn.init.normal_(table.weight, std=0.02)
        nn.init.normal_(self.mask, std=0.02)
        for column in range(columns):
            nn.init.zeros_(self.bias[column].weight)
            with torch.no_grad():
                self.embedding[column].weight[0] = 0

    def token_vectors(self, tokens: TokenTensors) -> list[Tensor]:
        """Return the vectors of each column's values, float32 [V, width]."""
        return [
            self.embedding[column](tokens.embedding_rows[column])
            + self.feature[column](tokens.features[column])
            for column in range(self.columns)
        ]

    def forward(self, sequences: MaskedSequences, vectors: list[Tensor]) -> Tensor:
        """Return the state at each position, float32 [B, L, width]."""
        inputs = self.action(sequences.actions) + self.gap(sequences.gaps)
        inputs = inputs + self.position.weight[-inputs.shape[1] :]
        for column, table in enumerate(vectors):
            read = table[sequences.tokens[..., column]]
            inputs = inputs + torch.where(sequences.masked[..., column, None], self.mask[column], read)
        states = self.dropout(inputs)
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=sequences.padding)
        out: Tensor = self.norm(states)
        return out

    def logits(self, states: Tensor, column: int, vectors: Tensor, embedding_rows: Tensor) -> Tensor:
        """Return the logits of some values of a column, [..., v].

        Args:
            states: [..., width].
            column: Which of the tokens.
            vectors: [v, width], of these values.
            embedding_rows: int64 [v], likewise.
        """
        scale = self.logit_scale[column].exp() / vectors.norm(dim=1, keepdim=True).clamp(min=1e-9)
        biases = self.bias[column](embedding_rows).squeeze(1)
        out: Tensor = self.query[column](states) @ (vectors * scale).T + biases
        return out


def _embeddings(columns: int, rows: int, width: int) -> Sequence[nn.Embedding]:
    """Return a table for each column; a sequence of modules that torch knows of."""
    tables: Any = nn.ModuleList(nn.Embedding(rows, width, padding_idx=0) for _ in range(columns))
    return cast("Sequence[nn.Embedding]", tables)


def gap_buckets(timestamps: NDArray[np.int64], newest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the buckets of how long before the newest event others were, int64 like `timestamps`.

    Args:
        timestamps: Seconds, any shape.
        newest: Seconds, broadcast against them.

    Examples:
        >>> hour = 3600
        >>> gap_buckets(np.array([0, 9 * hour, 10 * hour]), np.array(10 * hour)).tolist()
        [5, 1, 0]
    """
    hours = np.maximum(newest - timestamps, 0) / 3600
    buckets = np.ceil(np.log2(np.maximum(hours, 0.5))) + 1
    out: NDArray[np.int64] = np.minimum(buckets, GAP_BUCKETS - 1).astype(np.int64)
    return out
