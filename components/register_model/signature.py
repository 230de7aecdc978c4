"""The named tensors that a registered ranker takes and gives."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec
from numpy.typing import NDArray

from airloom.ranking.inputs import EVENT_KINDS, FEATURES
from airloom.ranking.network import EVENT_FEATURES, MAX_LEVELS, NODE_FEATURES
from airloom.ranking.settings import TOWERS, RankerSettings

EXAMPLE_CANDIDATES: Final = 3


def signature(settings: RankerSettings, *, text_dimensions: int) -> ModelSignature:
    """Return the signature for C candidates with K chains and M events, see `airloom.ranking.inputs.Inputs`.

    `chain_levels` and `event_kinds` are -1 where there is no chain or event; texts are unit-length vectors.
    """
    chains, events = settings.inputs.retrieval.nodes, settings.inputs.retrieval.evidence
    shapes: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
        "base": (np.float32, (len(FEATURES),)),
        "candidate_texts": (np.float32, (text_dimensions,)),
        "chain_texts": (np.float32, (chains, text_dimensions)),
        "chain_levels": (np.int64, (chains,)),
        "chain_features": (np.float32, (chains, NODE_FEATURES)),
        "event_texts": (np.float32, (events, text_dimensions)),
        "event_kinds": (np.int64, (events,)),
        "event_features": (np.float32, (events, EVENT_FEATURES)),
        "tower_scores": (np.float32, (len(TOWERS),)),
        "inferred_scores": (np.float32, ()),
    }
    inputs = [TensorSpec(np.dtype(dtype), (-1, *shape), name) for name, (dtype, shape) in shapes.items()]
    return ModelSignature(Schema(inputs), Schema([TensorSpec(np.dtype(np.float32), (-1,), "scores")]))


def input_example(of: ModelSignature) -> dict[str, NDArray[Any]]:
    """Return made-up inputs of `EXAMPLE_CANDIDATES` candidates; no user's data."""
    rng = np.random.default_rng(0)
    example: dict[str, NDArray[Any]] = {}
    for spec in of.inputs:
        shape = (EXAMPLE_CANDIDATES, *spec.shape[1:])
        if spec.name.endswith("_texts"):
            texts = rng.normal(size=shape)
            example[spec.name] = (texts / np.linalg.norm(texts, axis=-1, keepdims=True)).astype(np.float32)
        elif spec.type == np.dtype(np.int64):
            limit = MAX_LEVELS if spec.name == "chain_levels" else EVENT_KINDS
            example[spec.name] = rng.integers(-1, limit, shape)
        else:
            example[spec.name] = rng.normal(size=shape).astype(np.float32)
    return example
