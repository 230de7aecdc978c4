"""Texts of a snapshot as the network reads them: projected once, looked up by every page."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from airloom.ranking.catalogue import Catalogue
from airloom.ranking.network import Network

_OBJECTS_AT_ONCE: Final = 1 << 15


class Projected(NamedTuple):
    """`airloom.ranking.network.Tables` as arrays.

    Attributes:
        nodes: float32 [1 + N, width].
        objects: float32 [1 + O, width].
    """

    nodes: NDArray[np.float32]
    objects: NDArray[np.float32]


def project(network: Network, catalogue: Catalogue) -> Projected:
    """The projected texts of all nodes and objects, without a copy of all texts."""
    levels, nodes = _tensor(catalogue.levels.astype(np.int64)), _tensor(catalogue.node_embeddings)
    texts = catalogue.embeddings
    objects = np.empty((1 + len(texts), network.width), np.float32)
    with torch.inference_mode():
        tables = network.project(nodes, levels, _tensor(texts[:0]))
        objects[:1] = tables.objects.numpy()
        for begin in range(0, len(texts), _OBJECTS_AT_ONCE):
            part = texts[begin : begin + _OBJECTS_AT_ONCE]
            objects[1 + begin : 1 + begin + len(part)] = network.object_text(_tensor(part)).numpy()
    return Projected(tables.nodes.numpy(), objects)


def _tensor(values: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(values))
