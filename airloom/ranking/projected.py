"""The texts of a snapshot as the network reads them: projected once, read by every request."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from airloom.ranking.catalogue import Catalogue
from airloom.ranking.network import RankingNetwork

_BATCH_SIZE: Final = 1 << 15


class ProjectedTextArrays(NamedTuple):
    """`airloom.ranking.network.ProjectedTexts` as arrays.

    Attributes:
        nodes: float32 [1 + N, width].
        objects: float32 [1 + O, width].
    """

    nodes: NDArray[np.float32]
    objects: NDArray[np.float32]


def project_texts(network: RankingNetwork, catalogue: Catalogue) -> ProjectedTextArrays:
    """Return the projected texts of all nodes and objects, computed in batches."""
    levels, nodes = _tensor(catalogue.levels.astype(np.int64)), _tensor(catalogue.node_embeddings)
    texts = catalogue.embeddings
    objects = np.empty((1 + len(texts), network.width), np.float32)
    with torch.inference_mode():
        tables = network.project(nodes, levels, _tensor(texts[:0]))
        objects[:1] = tables.objects.numpy()
        for begin in range(0, len(texts), _BATCH_SIZE):
            batch = texts[begin : begin + _BATCH_SIZE]
            objects[1 + begin : 1 + begin + len(batch)] = network.object_text(_tensor(batch)).numpy()
    return ProjectedTextArrays(tables.nodes.numpy(), objects)


def _tensor(values: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(values))
