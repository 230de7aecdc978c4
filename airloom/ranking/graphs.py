"""A trained ranker as two ONNX graphs, for whoever serves it with another program.

`weights.safetensors` and `encoder.safetensors` stay the truth; the graphs are made from them once, when a
ranker is registered, and give the same scores to 1e-5.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # has no stubs
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from airloom.errors import AirloomError
from airloom.files import whole_file
from airloom.logs.contract import ACTIONS
from airloom.ranking.encoder.network import EncoderNetwork, Events
from airloom.ranking.inputs import EVENT_KINDS
from airloom.ranking.intent_tree.retrieval import RetrievalSettings
from airloom.ranking.network import CHAIN_FEATURES, EVENT_FEATURES, Batch, Network, Tables

NETWORK: Final = "network.onnx"
ENCODER: Final = "encoder.onnx"
TOLERANCE: Final = 1e-5
_EXAMPLE: Final = 7
"""Rows of the example that a graph is traced with; any number may come later."""

Arrays = Mapping[str, NDArray[np.generic]]


class Graph:
    """One graph, on one thread.

    Args:
        file: An ONNX file.

    Raises:
        AirloomError: The file is no graph that can be run.
    """

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                file.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises classes of its own that share no base
            raise AirloomError(
                f"{file} cannot be run ({type(error).__name__}: {error})", do="Register the ranker again"
            ) from error

    def __call__(self, given: Arrays) -> list[NDArray[np.float32]]:
        """The outputs, in the order of the graph."""
        found: list[NDArray[np.float32]] = self._session.run(None, dict(given))
        return found


class _Flat(nn.Module):
    """The network with its inputs one by one."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(  # noqa: PLR0913, PLR0917 - an argument for each input of the graph
        self,
        candidates: Tensor,
        base: Tensor,
        chains: Tensor,
        chain_features: Tensor,
        events: Tensor,
        event_kinds: Tensor,
        event_features: Tensor,
        nodes: Tensor,
        objects: Tensor,
    ) -> tuple[Tensor, Tensor]:
        batch = Batch(candidates, base, chains, chain_features, events, event_kinds, event_features)
        scores = self.network(batch, Tables(nodes, objects))
        return scores.click, scores.order


class _Last(nn.Module):
    """The encoder's state after the last event."""

    def __init__(self, network: EncoderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, vectors: Tensor, actions: Tensor, timestamps: Tensor, absent: Tensor) -> Tensor:
        state: Tensor = self.network(Events(vectors, actions, timestamps, absent), last=True)[:, 0]
        return state


def export_graphs(
    network: Network, encoder: EncoderNetwork, folder: Path, *, settings: RetrievalSettings
) -> None:
    """Write `network.onnx` and `encoder.onnx` to `folder`, and check that they say what the networks say.

    Args:
        network: Trained.
        encoder: Trained with it.
        folder: Where the graphs go.
        settings: How many chains and events a candidate has.

    Raises:
        AirloomError: A graph cannot be made, or says something else.
    """
    torch.manual_seed(0)
    batch, tables = _ranking_example(network, settings, candidates=_EXAMPLE)
    candidates, nodes, objects = (
        torch.export.Dim(name, min=2) for name in ("candidates", "nodes", "objects")
    )
    _export(
        _Flat(network),
        (*batch, *tables),
        names=[*Batch._fields, *Tables._fields],
        outputs=["click", "order"],
        dynamic=(*({0: candidates} for _ in batch), {0: nodes}, {0: objects}),
        file=folder / NETWORK,
    )
    histories, events = torch.export.Dim("histories", min=1), torch.export.Dim("events", min=1)
    _export(
        _Last(encoder),
        _history_example(encoder, histories=2, events=_EXAMPLE),
        names=list(Events._fields),
        outputs=["state"],
        dynamic=tuple({0: histories, 1: events} for _ in Events._fields),
        file=folder / ENCODER,
    )
    _check(network, encoder, folder, settings)


def _check(network: Network, encoder: EncoderNetwork, folder: Path, settings: RetrievalSettings) -> None:
    ranking, reading = Graph(folder / NETWORK), Graph(folder / ENCODER)
    for size in (1, 2, 100):
        batch, tables = _ranking_example(network, settings, candidates=size)
        events = _history_example(encoder, histories=1, events=size)
        with torch.inference_mode():
            expected = [*_Flat(network)(*batch, *tables), _Last(encoder)(*events)]
        found = ranking(_named(batch) | _named(tables)) + reading(_named(events))
        worst = max(
            float(np.abs(one - other.numpy()).max(initial=0))
            for one, other in zip(found, expected, strict=True)
        )
        if not worst <= TOLERANCE:
            raise AirloomError(
                f"The ONNX graphs differ from the ranker by {worst:.2g} on random inputs of {size}",
                do="Report it with the versions of torch, onnx and onnxruntime",
            )


def _named(tensors: Batch | Tables | Events) -> dict[str, NDArray[np.generic]]:
    return {name: tensor.numpy() for name, tensor in tensors._asdict().items()}


def _ranking_example(
    network: Network, settings: RetrievalSettings, *, candidates: int
) -> tuple[Batch, Tables]:
    """Random inputs of the right shapes, some chains and events absent."""
    chains, evidence, known = (candidates, settings.chains), (candidates, settings.evidence), 20
    batch = Batch(
        torch.randint(known, (candidates,)),
        torch.randn(candidates, len(network.mean)),
        torch.randint(-1, known, chains),
        torch.randn(*chains, CHAIN_FEATURES),
        torch.randint(-1, known, evidence),
        torch.randint(EVENT_KINDS, evidence),
        torch.randn(*evidence, EVENT_FEATURES),
    )
    return batch, Tables(torch.randn(known + 1, network.width), torch.randn(known + 2, network.width))


def _history_example(encoder: EncoderNetwork, *, histories: int, events: int) -> Events:
    """Random histories, the first event of each absent if there are others."""
    shape = (histories, events)
    absent = torch.zeros(shape, dtype=torch.bool)
    absent[:, 0] = events > 1
    return Events(
        torch.randn(*shape, encoder.width),
        torch.randint(len(ACTIONS), shape),
        torch.randint(10**7, shape).cumsum(dim=1),
        absent,
    )


def _export(
    module: nn.Module,
    example: tuple[Tensor, ...],
    *,
    names: Sequence[str],
    outputs: Sequence[str],
    dynamic: tuple[object, ...],
    file: Path,
) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), redirect_stdout(StringIO()):  # the exporter talks of its steps
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            example,
            dynamo=True,
            input_names=list(names),
            output_names=list(outputs),
            dynamic_shapes=dynamic,
            verbose=False,
        )
    if program is None:
        raise AirloomError(
            f"{file.name} could not be exported", do="Report it with the versions of torch and onnx"
        )
    graph = program.model_proto
    for node in graph.graph.node:
        del node.metadata_props[:]  # lines of source code, with the paths of this machine
    with whole_file(file) as temporary:
        temporary.write_bytes(graph.SerializeToString(deterministic=True))
