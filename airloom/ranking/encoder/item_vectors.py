"""The item vectors of a trained encoder for every object of a snapshot, computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.ranking.encoder.item_features import item_feature_batches
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.snapshot import Snapshot

BATCH_SIZE: Final = 1 << 15
"""Objects whose vectors are computed in one batch."""


class ItemVectors(NamedTuple):
    """The vectors of O objects, by M ensemble members, with W numbers in all.

    Attributes:
        vectors: float32 [O, W].
        scales: float32 [O, M], from a member's vector to its output embedding; see
            `EncoderNetwork.output_scales`.
        biases: float32 [O], of the object; it does not depend on the history.
    """

    vectors: NDArray[np.float32]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]

    @classmethod
    def of(cls, network: EncoderNetwork, item_ids: Sequence[str], snapshot: Snapshot) -> ItemVectors:
        """Compute the vectors of all objects of a snapshot; see `SequenceEncoder` for the arguments."""
        item_id_rows = np.zeros(len(snapshot.objects.ids), np.int64)
        for row, object_id in enumerate(item_ids, start=1):
            item = snapshot.index.get(object_id)
            if item is not None:
                item_id_rows[item] = row
        count = len(item_id_rows)
        computed = cls(
            np.empty((count, network.width), np.float32),
            np.empty((count, len(network.ensemble_members)), np.float32),
            np.empty(count, np.float32),
        )
        text = network.settings.text
        batches = item_feature_batches(
            snapshot, item_id_rows, nodes=network.nodes, size=BATCH_SIZE, text=text
        )
        with torch.inference_mode():
            begin = 0
            for features in batches:
                rows = slice(begin, begin := begin + len(features.item_id_row))
                vectors = network.item_vectors(features)
                computed.vectors[rows] = vectors.numpy()
                computed.scales[rows] = network.output_scales(vectors).numpy()
                computed.biases[rows] = network.item_biases(features.item_id_row).numpy()
        return computed
