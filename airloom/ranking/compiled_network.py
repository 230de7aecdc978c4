"""The network as it serves, without torch: dense layers as numpy products, attention as machine code."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from airloom.causes import SIGNALS, Cause
from airloom.compiled import compiled_sums
from airloom.ranking.compiled_layers import add_product, attend
from airloom.ranking.inputs import FEATURES, Inputs
from airloom.ranking.network import RankingNetwork
from airloom.ranking.projected import ProjectedTextArrays
from airloom.ranking.signals import IN_SIGNAL

_F32 = NDArray[np.float32]
_INTENTS: Final = SIGNALS.index(Cause.INTENTS)


class LogProbabilityArrays(NamedTuple):
    """`airloom.ranking.network.LogProbabilities` as arrays, float32 [C] each."""

    click: _F32
    order: _F32


class MlpInputs(NamedTuple):
    """What the MLP reads of C candidates.

    Attributes:
        features: float32 [C, F], standardized.
        values: float32 [C, W], the text of the candidate, its features, and what it attended to.
    """

    features: _F32
    values: _F32

    def take(self, rows: NDArray[np.intp]) -> MlpInputs:
        """Return those of some candidates."""
        return MlpInputs(self.features[rows], self.values[rows])


class _LinearLayer(NamedTuple):
    """A linear layer: `values @ weight + bias`."""

    weight: _F32
    bias: _F32

    @classmethod
    def of(cls, layer: nn.Linear) -> _LinearLayer:
        return cls(_array(layer.weight.T), _array(layer.bias))

    def __call__(self, values: _F32) -> _F32:
        out: _F32 = values @ self.weight
        out += self.bias
        return out


class CompiledNetwork:
    """`RankingNetwork.forward` without torch, equal to 1e-5.

    Args:
        network: Trained; later changes of its weights are not seen.
        tables: Projected texts of what is served.
    """

    def __init__(self, network: RankingNetwork, tables: ProjectedTextArrays) -> None:
        self._mean, self._factor = _array(network.mean), 1 / _array(network.scale)
        self._heads = network.heads
        temperature = np.float32(network.width**0.5)
        self._query = _LinearLayer(*(weights / temperature for weights in _LinearLayer.of(network.query)))
        self._wide = _LinearLayer.of(network.wide)
        dense = (layer for layer in network.mlp if isinstance(layer, nn.Linear))
        self._first, self._second, self._third = map(_LinearLayer.of, dense)
        self._objects = tables.objects
        features = self._first.weight[network.width : network.width + len(FEATURES)]
        self._first_by_signal, self._wide_by_signal = _by_signal(features), _by_signal(self._wide.weight)
        kinds, null_token = _array(network.kind.weight), _array(network.null_token).ravel()
        self._nothing = np.tile(null_token, self._heads)  # attended where nothing was retrieved
        self._tables: _Tables = (null_token, tables.nodes, self._objects, kinds)
        self._layers: _Layers = (*_LinearLayer.of(network.retrieved_node), *_LinearLayer.of(network.event))

    def __call__(self, inputs: Inputs) -> LogProbabilityArrays:
        """Return the scores of each candidate."""
        return self.scores(self.mlp_inputs(inputs))

    def mlp_inputs(self, inputs: Inputs) -> MlpInputs:
        """Return what the MLP reads of each candidate."""
        features: _F32 = np.clip((inputs.features - self._mean) * self._factor, -10, 10)
        candidates = np.concatenate([self._objects[inputs.candidates + 1], features], axis=1)
        query = self._query(candidates).reshape(len(candidates), self._heads, self._objects.shape[1])
        pooled = _attention(
            query,
            self._tables,
            self._layers,
            (inputs.nodes, inputs.node_features),
            (inputs.events, inputs.event_kinds, inputs.event_features),
        )
        return MlpInputs(features, np.concatenate([candidates, pooled], axis=1))

    def scores(self, inputs: MlpInputs) -> LogProbabilityArrays:
        """Return the scores of each candidate, given what the MLP reads of it."""
        return self._upper(self._first(inputs.values), self._wide(inputs.features))

    def contributions(self, inputs: MlpInputs) -> _F32:
        """Return what each signal adds to the log probability of an order, float32 [C, len(IN_SIGNAL)].

        By occlusion: the score minus the score where the signal's features are what they were on average in
        training and, for intents, where no node and no event was retrieved. The attention to these depends on
        all features, and is held.
        """
        features, values = inputs
        pooled = values[:, -len(self._nothing) :]
        hidden, wide = self._first(values), self._wide(features)
        hidden_without = _without_signals(hidden, features, self._first_by_signal)
        wide_without = _without_signals(wide, features, self._wide_by_signal)
        hidden_without[:, _INTENTS] -= (pooled - self._nothing) @ self._first.weight[-len(self._nothing) :]
        whole, without = self._upper(hidden, wide), self._upper(hidden_without, wide_without)
        return whole.order[:, None] - without.order

    def _upper(self, hidden: _F32, wide: _F32) -> LogProbabilityArrays:
        """Return the scores, [...], from the outputs of the first layer and of the wide one."""
        second = np.maximum(self._second(np.maximum(hidden, 0)), 0)
        outputs = self._third(second) + wide
        click, conversion = outputs[..., 0], outputs[..., 1]
        return LogProbabilityArrays(click, click + conversion)


_Tables = tuple[_F32, _F32, _F32, _F32]
"""The null token [width], both arrays of `ProjectedTextArrays`, and the embeddings of event kinds."""
_Layers = tuple[_F32, _F32, _F32, _F32]
"""Weight and bias of the layer of node features, and of the layer of event features."""
_Nodes = tuple[NDArray[np.int32], _F32]
"""`nodes` and `node_features` of `Inputs`."""
_Events = tuple[NDArray[np.int32], NDArray[np.int8], _F32]
"""`events`, `event_kinds` and `event_features` of `Inputs`."""


def _by_signal(weight: _F32) -> _F32:
    """Return the weights of features, [F, W], for each signal's features only, [F, signals * W]."""
    return (IN_SIGNAL.T[:, :, None] * weight[:, None]).reshape(len(weight), -1).astype(np.float32)


def _without_signals(outputs: _F32, features: _F32, by_signal: _F32) -> _F32:
    """Return a layer's outputs [C, W] without each signal's features, [C, signals, W]."""
    added = features @ by_signal
    return outputs[:, None] - added.reshape(len(features), len(IN_SIGNAL), outputs.shape[1])


def _array(tensor: Tensor) -> _F32:
    with torch.no_grad():
        return np.array(tensor.numpy(), np.float32, order="C")


@compiled_sums
def _attention(query: _F32, tables: _Tables, layers: _Layers, nodes: _Nodes, events: _Events) -> _F32:
    """Return all heads' outputs for each candidate, float32 [C, heads * width]; queries [C, heads, width]."""
    count, heads, width = query.shape
    tokens = np.empty((1 + nodes[0].shape[1] + events[0].shape[1], width), np.float32)
    logits = np.empty(len(tokens), np.float32)
    out = np.zeros((count, heads * width), np.float32)
    for candidate in range(count):
        filled = _fill_tokens(tokens, candidate, tables, layers, nodes, events)
        for head in range(heads):
            logits[:filled] = 0
            head_output = out[candidate, head * width : (head + 1) * width]
            attend(tokens[:filled], query[candidate, head], logits[:filled], head_output)
    return out


@compiled_sums
def _fill_tokens(
    tokens: _F32, candidate: int, tables: _Tables, layers: _Layers, nodes: _Nodes, events: _Events
) -> int:
    """Write the tokens of a candidate to the first rows of `tokens`; returns their number."""
    null_token, node_texts, object_texts, kinds = tables
    node_layer, node_bias, event_layer, event_bias = layers
    node_ids, node_features = nodes
    event_objects, event_kinds, event_features = events
    tokens[0], filled = null_token, 1
    for rank in range(node_ids.shape[1]):
        node = node_ids[candidate, rank]
        if node >= 0:
            token, text = tokens[filled], node_texts[node + 1]
            for column in range(len(token)):
                token[column] = text[column] + node_bias[column]
            add_product(node_features[candidate, rank], node_layer, token)
            filled += 1
    for rank in range(event_objects.shape[1]):
        row = event_objects[candidate, rank]
        if row >= 0:
            token, text, kind = tokens[filled], object_texts[row + 1], kinds[event_kinds[candidate, rank]]
            for column in range(len(token)):
                token[column] = text[column] + kind[column] + event_bias[column]
            add_product(event_features[candidate, rank], event_layer, token)
            filled += 1
    return filled
