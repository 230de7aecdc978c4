"""The encoder's last state of one history as machine code: what a page needs, and no other state.

Only the last event asks, so that neither keys nor values of the others need be made. With normalised events
`n_i`, the logit of head h is `(K_h n_i) . (Q_h n_last) = n_i . (K_h' Q_h n_last)`, and what it finds is
`V_h (sum_i a_i n_i)`: two small matrices a head, made once, take the place of two products an event.
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
from airloom.ranking.compiled_layers import add_product, attend, normalise
from airloom.ranking.encoder.network import GAP_BUCKETS, STEP_BUCKETS, EncoderNetwork, Member
from airloom.ranking.history import UserHistory

_F32 = NDArray[np.float32]
_ROOT_HALF: Final = np.float32(sqrt(0.5))


class _Weights(NamedTuple):
    """Weights of M members with H heads over vectors of w numbers; matrices are [from, to].

    Attributes:
        actions: float32 [M, A, w], what an action adds to its object's vector.
        ask: float32 [M, H, w, w], from the last event to what its head looks for, 1 / sqrt(w / H) included.
        ask_bias: float32 [M, H, w].
        nearness: float32 [M, H, STEP_BUCKETS, GAP_BUCKETS].
        tell: float32 [M, H, w, w], from what a head found to what it adds to the state.
        tell_bias: float32 [M, w].
        wide: float32 [M, w, 4w], the feed-forward layers.
        wide_bias: float32 [M, 4w].
        narrow: float32 [M, 4w, w].
        narrow_bias: float32 [M, w].
        scale: float32 [M, w], of the last norm.
        shift: float32 [M, w].
    """

    actions: _F32
    ask: _F32
    ask_bias: _F32
    nearness: _F32
    tell: _F32
    tell_bias: _F32
    wide: _F32
    wide_bias: _F32
    narrow: _F32
    narrow_bias: _F32
    scale: _F32
    shift: _F32


class CompiledEncoder:
    """Gives what `EncoderNetwork.forward(events, last=True)` gives, to 1e-5, in a fifth of a graph's time.

    Args:
        network: Trained; later changes of its weights are not seen.
    """

    def __init__(self, network: EncoderNetwork) -> None:
        self._longest = network.settings.longest
        with torch.no_grad():
            members = [_folded(member) for member in network.members]
        self._weights = _Weights(*(np.stack(each) for each in zip(*members, strict=True)))

    def state(self, vectors: _F32, history: UserHistory) -> _F32:
        """The state after the newest event, float32 [width].

        Args:
            vectors: float32 [O, width], of every object of the snapshot.
            history: One event at least.
        """
        return _state(*self._weights, vectors, *history.newest(self._longest))


def _folded(member: Member) -> Sequence[_F32]:
    """The weights of one member, in the order of `_Weights`; scales and shifts of norms join what follows."""
    block = member.block
    heads = block.heads
    (query, key, value), (query_bias, _, value_bias) = _mixed(block.mixed, block.before)
    width = query.shape[1]
    size = width // heads
    ask, ask_bias, tell = [], [], []
    told = block.joined.bias + block.joined.weight @ value_bias
    for head in range(heads):
        mine = slice(head * size, (head + 1) * size)
        looks = key[mine].T * size**-0.5
        ask.append((looks @ query[mine]).T)
        ask_bias.append(looks @ query_bias[mine])
        tell.append((block.joined.weight[:, mine] @ value[mine]).T)
    nearness = block.by_step.weight[:, None] + block.by_gap.weight[None]
    first, last = (layer for layer in block.feed if isinstance(layer, nn.Linear))
    wide, wide_bias = _after(block.inner, first.weight, first.bias)
    parts: tuple[Tensor, ...] = (
        *(member.action.weight, torch.stack(ask), torch.stack(ask_bias), nearness.permute(2, 0, 1)),
        *(torch.stack(tell), told, wide.T, wide_bias, last.weight.T, last.bias),
        *(member.norm.weight, member.norm.bias),
    )
    return [np.array(part.numpy(), np.float32, order="C") for part in parts]


def _mixed(layer: nn.Linear, norm: nn.LayerNorm) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    weight, bias = _after(norm, layer.weight, layer.bias)
    return weight.chunk(3), bias.chunk(3)


def _after(norm: nn.LayerNorm, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """A linear layer that reads what `norm` makes, as one that reads what is only normalised."""
    return weight * norm.weight, bias + weight @ norm.bias


@compiled_sums
def _state(  # noqa: PLR0913, PLR0917 - the weights one by one, as compiled code takes them
    actions: _F32,
    ask: _F32,
    ask_bias: _F32,
    nearness: _F32,
    tell: _F32,
    tell_bias: _F32,
    wide: _F32,
    wide_bias: _F32,
    narrow: _F32,
    narrow_bias: _F32,
    scale: _F32,
    shift: _F32,
    vectors: _F32,
    objects: NDArray[np.int32],
    actions_of: NDArray[np.int8],
    timestamps: NDArray[np.int64],
) -> _F32:
    """See `_Weights` and `CompiledEncoder.state`."""
    members, width = shift.shape
    steps, gaps = _relations(timestamps)
    events = np.empty((len(objects), width), np.float32)
    logits, found = np.empty(len(objects), np.float32), np.empty(width, np.float32)
    out = np.empty(members * width, np.float32)
    for member in range(members):
        mine = slice(member * width, (member + 1) * width)
        for event in range(len(objects)):
            own, added, row = vectors[objects[event], mine], actions[member, actions_of[event]], events[event]
            for place in range(width):
                row[place] = own[place] + added[place]
        state = events[-1] + tell_bias[member]
        for row in events:
            normalise(row, row)
        for head in range(len(ask[member])):
            query = ask_bias[member, head].copy()
            add_product(events[-1], ask[member, head], query)
            for event in range(len(events)):
                logits[event] = nearness[member, head, steps[event], gaps[event]]
            found[:] = 0
            attend(events, query, logits, found)
            add_product(found, tell[member, head], state)
        normalise(state, found)
        hidden = wide_bias[member].copy()
        add_product(found, wide[member], hidden)
        for place in range(len(hidden)):
            value = hidden[place]
            hidden[place] = np.float32(0.5) * value * (np.float32(1.0) + np.float32(erf(value * _ROOT_HALF)))
        state += narrow_bias[member]
        add_product(hidden, narrow[member], state)
        normalise(state, state)
        out[mine] = state * scale[member] + shift[member]
    return out


@compiled
def _relations(timestamps: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Buckets of how many events and how much time lie before the last event, as in `network.py`."""
    steps, gaps = np.empty(len(timestamps), np.int64), np.empty(len(timestamps), np.int64)
    for event in range(len(timestamps)):
        apart = len(timestamps) - 1 - event
        steps[event] = min(apart if apart < 8 else 5 + int(log2(apart)), STEP_BUCKETS - 1)
        hours = np.float32(max(timestamps[-1] - timestamps[event], 0)) / np.float32(3600.0)
        bucket = np.ceil(np.float32(log2(max(hours, np.float32(0.5))))) + 1
        gaps[event] = min(int(bucket), GAP_BUCKETS - 1)
    return steps, gaps


@compiled_sums
def scores_of(state: _F32, vectors: _F32, scales: _F32, biases: _F32, candidates: NDArray[np.int32]) -> _F32:
    """What a state says of some objects, float32 [C].

    Args:
        state: float32 [M * w].
        vectors: float32 [O, M * w], of all objects.
        scales: float32 [O, M], what makes a member's vector a direction; see `EncoderNetwork.scales`.
        biases: float32 [O].
        candidates: int32 [C], rows of the objects.
    """
    members = scales.shape[1]
    width = len(state) // members
    out = np.empty(len(candidates), np.float32)
    for candidate in range(len(candidates)):
        row = candidates[candidate]
        score = biases[row]
        for member in range(members):
            mine, part = slice(member * width, (member + 1) * width), np.float32(0.0)
            vector, direction = vectors[row, mine], state[mine]
            for place in range(width):
                part += vector[place] * direction[place]
            score += part * scales[row, member]
        out[candidate] = score
    return out
