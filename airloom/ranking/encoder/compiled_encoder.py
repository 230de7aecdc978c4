"""The encoder's state after the last event of one history, compiled to machine code for serving.

Only the last event is a query, so keys and values of the others need not be computed. With normalized events
`n_i`, the logit of head h is `(K_h n_i) . (Q_h n_last) = n_i . (K_h' Q_h n_last)`, and its output is
`V_h (sum_i a_i n_i)`: two small matrices for each head, computed once, replace two products for each event.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import erf, log2, sqrt
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from airloom.compiled import compiled, compiled_sums
from airloom.ranking.compiled_layers import add_product, attend, normalize
from airloom.ranking.encoder.network import GAP_BUCKETS, STEP_BUCKETS, EncoderMember, EncoderNetwork
from airloom.ranking.history import UserHistory

_F32 = NDArray[np.float32]
_SQRT_HALF: Final = np.float32(sqrt(0.5))


class _Weights(NamedTuple):
    """Weights of M members with H heads over vectors of w numbers; matrices are [from, to].

    Attributes:
        actions: float32 [M, A, w], added to the vector of an event's item.
        query: float32 [M, H, w, w], from the last event to its query in the space of events,
            1 / sqrt(w / H) included.
        query_bias: float32 [M, H, w].
        position_bias: float32 [M, H, STEP_BUCKETS, GAP_BUCKETS].
        output: float32 [M, H, w, w], from a head's mean of events to what it adds to the state.
        output_bias: float32 [M, w].
        mlp_in: float32 [M, w, 4w], the feed-forward layers.
        mlp_in_bias: float32 [M, 4w].
        mlp_out: float32 [M, 4w, w].
        mlp_out_bias: float32 [M, w].
        norm_weight: float32 [M, w], of the last norm.
        norm_bias: float32 [M, w].
    """

    actions: _F32
    query: _F32
    query_bias: _F32
    position_bias: _F32
    output: _F32
    output_bias: _F32
    mlp_in: _F32
    mlp_in_bias: _F32
    mlp_out: _F32
    mlp_out_bias: _F32
    norm_weight: _F32
    norm_bias: _F32


class CompiledEncoder:
    """`EncoderNetwork.forward(events, last_only=True)` without torch, equal to 1e-5.

    Args:
        network: Trained; later changes of its weights are not seen.
    """

    def __init__(self, network: EncoderNetwork) -> None:
        self._max_events = network.settings.max_events
        with torch.no_grad():
            members = [_folded(member) for member in network.ensemble_members]
        self._weights = _Weights(*(np.stack(weights) for weights in zip(*members, strict=True)))

    def state(self, vectors: _F32, history: UserHistory) -> _F32:
        """Return the state after the newest event, float32 [width].

        Args:
            vectors: float32 [O, width], of every object of the snapshot.
            history: At least one event.
        """
        return _state(*self._weights, vectors, *history.newest(self._max_events).events)


def _folded(member: EncoderMember) -> Sequence[_F32]:
    """Return one member's weights in the order of `_Weights`; each norm is folded into the next layer."""
    block = member.block
    heads = block.heads
    (query, key, value), (query_bias, _, value_bias) = _projections(
        block.query_key_value, block.attention_norm
    )
    width = query.shape[1]
    size = width // heads
    queries, query_biases, outputs = [], [], []
    output_bias = block.attention_output.bias + block.attention_output.weight @ value_bias
    for head in range(heads):
        columns = slice(head * size, (head + 1) * size)
        to_events = key[columns].T * size**-0.5
        queries.append((to_events @ query[columns]).T)
        query_biases.append(to_events @ query_bias[columns])
        outputs.append((block.attention_output.weight[:, columns] @ value[columns]).T)
    position_bias = block.step_bias.weight[:, None] + block.gap_bias.weight[None]
    first, last = (layer for layer in block.mlp if isinstance(layer, nn.Linear))
    mlp_in, mlp_in_bias = _after_norm(block.mlp_norm, first.weight, first.bias)
    weights: tuple[Tensor, ...] = (
        *(member.action.weight, torch.stack(queries), torch.stack(query_biases)),
        *(position_bias.permute(2, 0, 1), torch.stack(outputs), output_bias),
        *(mlp_in.T, mlp_in_bias, last.weight.T, last.bias),
        *(member.norm.weight, member.norm.bias),
    )
    return [np.array(tensor.numpy(), np.float32, order="C") for tensor in weights]


def _projections(layer: nn.Linear, norm: nn.LayerNorm) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    weight, bias = _after_norm(norm, layer.weight, layer.bias)
    return weight.chunk(3), bias.chunk(3)


def _after_norm(norm: nn.LayerNorm, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return a linear layer that reads the output of `norm`, as one that reads what is only normalized."""
    return weight * norm.weight, bias + weight @ norm.bias


@compiled_sums
def _state(  # noqa: PLR0913, PLR0917 - the weights one by one, as compiled code takes them
    actions: _F32,
    query_weight: _F32,
    query_bias: _F32,
    position_bias: _F32,
    output: _F32,
    output_bias: _F32,
    mlp_in: _F32,
    mlp_in_bias: _F32,
    mlp_out: _F32,
    mlp_out_bias: _F32,
    norm_weight: _F32,
    norm_bias: _F32,
    vectors: _F32,
    event_objects: NDArray[np.int32],
    event_actions: NDArray[np.int8],
    timestamps: NDArray[np.int64],
) -> _F32:
    """Return the state; see `_Weights` and `CompiledEncoder.state`."""
    members, width = norm_bias.shape
    steps, gaps = _relative_positions(timestamps)
    events = np.empty((len(event_objects), width), np.float32)
    logits, attended = np.empty(len(event_objects), np.float32), np.empty(width, np.float32)
    out = np.empty(members * width, np.float32)
    for member in range(members):
        columns = slice(member * width, (member + 1) * width)
        for event in range(len(event_objects)):
            item, action = vectors[event_objects[event], columns], actions[member, event_actions[event]]
            row = events[event]
            for column in range(width):
                row[column] = item[column] + action[column]
        state = events[-1] + output_bias[member]
        for row in events:
            normalize(row, row)
        for head in range(len(query_weight[member])):
            query = query_bias[member, head].copy()
            add_product(events[-1], query_weight[member, head], query)
            for event in range(len(events)):
                logits[event] = position_bias[member, head, steps[event], gaps[event]]
            attended[:] = 0
            attend(events, query, logits, attended)
            add_product(attended, output[member, head], state)
        normalize(state, attended)
        hidden = mlp_in_bias[member].copy()
        add_product(attended, mlp_in[member], hidden)
        for unit in range(len(hidden)):  # GELU
            value = hidden[unit]
            hidden[unit] = np.float32(0.5) * value * (np.float32(1.0) + np.float32(erf(value * _SQRT_HALF)))
        state += mlp_out_bias[member]
        add_product(hidden, mlp_out[member], state)
        normalize(state, state)
        out[columns] = state * norm_weight[member] + norm_bias[member]
    return out


@compiled
def _relative_positions(timestamps: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return buckets of the number of events and the time before the last event, as in `network.py`."""
    steps, gaps = np.empty(len(timestamps), np.int64), np.empty(len(timestamps), np.int64)
    for event in range(len(timestamps)):
        distance = len(timestamps) - 1 - event
        steps[event] = min(distance if distance < 8 else 5 + int(log2(distance)), STEP_BUCKETS - 1)
        hours = np.float32(max(timestamps[-1] - timestamps[event], 0)) / np.float32(3600.0)
        bucket = np.ceil(np.float32(log2(max(hours, np.float32(0.5))))) + 1
        gaps[event] = min(int(bucket), GAP_BUCKETS - 1)
    return steps, gaps


@compiled_sums
def item_scores(state: _F32, vectors: _F32, scales: _F32, biases: _F32, items: NDArray[np.int32]) -> _F32:
    """Return the scores of some objects for a state, float32 [C].

    Args:
        state: float32 [M * w].
        vectors: float32 [O, M * w], of all objects.
        scales: float32 [O, M], from a member's vector to its output embedding.
        biases: float32 [O].
        items: int32 [C], rows of the objects.
    """
    members = scales.shape[1]
    width = len(state) // members
    out = np.empty(len(items), np.float32)
    for candidate in range(len(items)):
        row = items[candidate]
        score = biases[row]
        for member in range(members):
            columns, product = slice(member * width, (member + 1) * width), np.float32(0.0)
            vector, member_state = vectors[row, columns], state[columns]
            for column in range(width):
                product += vector[column] * member_state[column]
            score += product * scales[row, member]
        out[candidate] = score
    return out
