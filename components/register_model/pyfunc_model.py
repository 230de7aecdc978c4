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
from airloom.ranking.second_stage import PartScores

NONE = -1


class RankerModel(PythonModel):  # type: ignore[misc]  # MLflow is not typed here
    """Scores candidates from their inputs: texts instead of ids, and the scores of the other parts given."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the second stage."""
        self._stage = read_ranker(Path(context.artifacts["ranker"])).stage

    # without hints: MLflow would take them for the schema, which `signature.py` declares
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ARG002
        """Return scores, float32 [C], of a dictionary of arrays; see `signature.py` for names and shapes."""
        tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in model_input.items()}
        levels, kinds = tensors["chain_levels"].long(), tensors["event_kinds"].long()
        candidates, chains, events = (
            tensors["candidate_texts"],
            tensors["chain_texts"],
            tensors["event_texts"],
        )
        with torch.inference_mode():
            tables = self._stage.network.project(
                chains.flatten(0, 1),
                levels.flatten().clamp(min=0),
                torch.cat([candidates, events.flatten(0, 1)]),
            )
            batch = Batch(
                torch.arange(len(candidates)),
                tensors["base"],
                _row_numbers(levels, first=0),
                tensors["chain_features"],
                _row_numbers(kinds, first=len(candidates)),
                kinds.clamp(min=0),
                tensors["event_features"],
            )
            network: NDArray[np.float32] = self._stage.network(batch, tables).order.numpy()
        forest = self._stage.forest.scores(model_input["base"])
        towers, inferred = model_input["tower_scores"], model_input["inferred_scores"]
        return self._stage.weights.sum(PartScores.of(network, forest, towers, inferred))


def _row_numbers(marks: torch.Tensor, *, first: int) -> torch.Tensor:
    """Return row numbers from `first` on, -1 where `marks` is -1."""
    rows = torch.arange(first, first + marks.numel()).view(marks.shape)
    return torch.where(marks == NONE, NONE, rows)


mlflow.models.set_model(RankerModel())
