"""How MLflow loads a registered ranker: code and tensors, no pickle.

MLflow copies this file beside the weights and runs it there, so the environment must have Airloom installed.
The service does not use it: it reads the folder `artifacts/ranker` and brings the texts of a snapshot.
"""

from __future__ import annotations

from pathlib import Path

import mlflow.models
import numpy as np
import torch
from mlflow.pyfunc import PythonModel, PythonModelContext
from numpy.typing import NDArray

from airloom.ranking.air import read_ranker
from airloom.ranking.network import Batch

ABSENT = -1


class RankerModel(PythonModel):  # type: ignore[misc]  # MLflow is not typed here
    """Scores candidates from their inputs: texts instead of ids, and the sequence score given."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the network."""
        self._network = read_ranker(Path(context.artifacts["ranker"])).network

    # without hints: MLflow would take them for the schema, which `signature.py` declares
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ARG002
        """Scores, float32 [C], of a dictionary of arrays; for their names and shapes see `signature.py`."""
        given = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in model_input.items()}
        levels, kinds = given["chain_levels"].long(), given["event_kinds"].long()
        own, chains, events = given["candidate_texts"], given["chain_texts"], given["event_texts"]
        with torch.inference_mode():
            tables = self._network.project(
                chains.flatten(0, 1),
                levels.flatten().clamp(min=0),
                torch.cat([own, events.flatten(0, 1)]),
            )
            batch = Batch(
                torch.arange(len(own)),
                given["base"],
                _numbered(levels, first=0),
                given["chain_features"],
                _numbered(kinds, first=len(own)),
                kinds.clamp(min=0),
                given["event_features"],
            )
            scores: NDArray[np.float32] = self._network(batch, tables).order.numpy()
        return scores


def _numbered(marks: torch.Tensor, *, first: int) -> torch.Tensor:
    """Row numbers from `first` on, -1 where the mark says that there is nothing."""
    rows = torch.arange(first, first + marks.numel()).view(marks.shape)
    return torch.where(marks == ABSENT, ABSENT, rows)


mlflow.models.set_model(RankerModel())
