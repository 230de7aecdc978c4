"""The inputs of many examples, computed once into memory-mapped files: memory does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.progress import progress
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.inputs import Inputs, build_inputs
from airloom.ranking.network import Batch, ProjectedTexts, RankingNetwork
from airloom.ranking.settings import InputSettings
from airloom.ranking.training.examples import Example


class MaterializedInputs(NamedTuple):
    """Inputs of n examples with C candidates each, the target first.

    Attributes:
        inputs: The arrays of `Inputs`, [n, C, ...], mapped from disk.
        weights: float32 [n], weights of the examples.
        ordered: float32 [n], 1 where the target was ordered.
    """

    inputs: Inputs
    weights: NDArray[np.float32]
    ordered: NDArray[np.float32]

    def batch(
        self, rows: NDArray[np.int64], catalogue: Catalogue, network: RankingNetwork, device: torch.device
    ) -> tuple[Batch, ProjectedTexts]:
        """Return some examples as one flat batch on `device`, and the projected texts that occur in it."""
        columns = Inputs._make(column[rows].reshape(-1, *column.shape[2:]) for column in self.inputs)
        nodes, node_rows = _compact(columns.nodes, len(catalogue.node_embeddings))
        objects, ids = _compact(
            np.column_stack([columns.candidates, columns.events]), len(catalogue.embeddings)
        )
        tables = network.project(
            torch.from_numpy(catalogue.node_embeddings[nodes]).to(device),
            torch.from_numpy(catalogue.levels[nodes].astype(np.int64)).to(device),
            torch.from_numpy(catalogue.embeddings[objects]).to(device),
        )
        batch = Batch(
            torch.from_numpy(ids[:, 0].copy()),
            torch.from_numpy(columns.features),
            torch.from_numpy(node_rows),
            torch.from_numpy(columns.node_features),
            torch.from_numpy(ids[:, 1:].copy()),
            torch.from_numpy(columns.event_kinds.astype(np.int64)),
            torch.from_numpy(columns.event_features),
        )
        return Batch(*(column.to(device) for column in batch)), tables


def materialize_inputs(
    examples: Sequence[Example],
    candidates: NDArray[np.int32],
    *,
    catalogue: Catalogue,
    towers: Towers,
    settings: InputSettings,
    folder: Path,
) -> MaterializedInputs:
    """Return the inputs of all examples, computed into files in `folder`.

    Args:
        examples: n examples.
        candidates: int32 [n, C], the target in the first column.
        catalogue: Derived from the snapshot the examples were read with.
        towers: Over the same snapshot.
        settings: What the ranker reads.
        folder: An empty folder that outlives the result.
    """
    count, width = candidates.shape
    blank = Inputs.blank(candidates[0] if count else np.empty(width, np.int32), settings.retrieval)
    stored = {
        name: np.lib.format.open_memmap(
            folder / f"{name}.npy", mode="w+", dtype=column.dtype, shape=(count, *column.shape)
        )
        for name, column in blank._asdict().items()
    }
    states = towers.states([example.history for example in examples])
    with threadpool_limits(
        1, user_api="blas"
    ):  # the matrices are small: more threads only wait for each other
        for row, example in enumerate(progress(examples, what="ranker inputs", unit="examples")):
            inputs = build_inputs(
                catalogue,
                history=example.history,
                candidates=candidates[row],
                tower_scores=towers.score(states[row], candidates[row]),
                now=example.now,
                settings=settings,
            )
            for name, column in inputs._asdict().items():
                stored[name][row] = column
    return MaterializedInputs(
        Inputs(**stored),
        np.array([example.weight for example in examples], np.float32),
        np.array([example.ordered for example in examples], np.float32),
    )


def _compact(ids: NDArray[np.int32], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ids that occur, ascending, and `ids` as indices into them; -1 stays -1."""
    occurs = np.zeros(size + 1, np.bool_)
    occurs[ids] = True  # -1 marks the extra last entry
    indices = np.cumsum(occurs) - 1
    indices[-1] = -1
    return np.flatnonzero(occurs[:-1]), indices[ids]
