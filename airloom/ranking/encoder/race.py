"""Targets against rivals: the softmax that teaches the encoder, and the places that judge it."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

ROWS_AT_ONCE: Final = 256
"""Targets whose scores are one table; a larger one would leave the processor's cache."""


class Race(NamedTuple):
    """Targets against rivals.

    Attributes:
        states: float32 [n, width], of which each says what it wants.
        aims: float32 [n, width + 1], directions and biases of the targets.
        rivals: float32 [R, width + 1], of the same R products for every target.
        clash: int64 [2, k], target and rival that are one product, by target.
        stand_for: How many products each rival stands for.
    """

    states: Tensor
    aims: Tensor
    rivals: Tensor
    clash: Tensor
    stand_for: float

    def cross_entropy(self) -> Tensor:
        """Of the targets, summed."""
        with self._in_full_precision():
            total: Tensor = _CrossEntropy.apply(*self)  # type: ignore[no-untyped-call]
        return total

    def ranks(self) -> Tensor:
        """Places of the targets, from 1, int64 [n]; ties count against them."""
        with torch.no_grad(), self._in_full_precision():
            places = [
                1 + (~(rivals < own[:, None])).sum(dim=1)  # so that NaN is a loss, not a win
                for _, own, rivals in _scores(self._replace(stand_for=1.0))
            ]
        return torch.cat(places)

    def _in_full_precision(self) -> torch.autocast:
        return torch.autocast(self.states.device.type, enabled=False)


class _CrossEntropy(torch.autograd.Function):
    """Scores, softmax and gradients of a few targets at a time, in one table that is used again and again.

    What autograd would do needs six passes over a table of all scores, each as dear as the product that
    fills it. Here a score becomes its gradient in place, and nothing larger than the inputs is kept.
    """

    @staticmethod
    def forward(
        ctx: Any,  # torch has no type for it
        states: Tensor,
        aims: Tensor,
        rivals: Tensor,
        clash: Tensor,
        stand_for: float,
    ) -> Tensor:
        by_state, by_aim, by_rival = map(torch.zeros_like, (states, aims, rivals))
        total = states.new_zeros(())
        for rows, own, table in _scores(Race(states, aims, rivals, clash, stand_for)):
            highest = torch.maximum(table.amax(dim=1), own)
            chances = table.sub_(highest[:, None]).exp_()
            mine = (own - highest).exp()
            sums = chances.sum(dim=1) + mine
            total += (sums.log() + highest - own).sum()
            chances.div_(sums[:, None])
            missing = (mine / sums - 1)[:, None]
            by_state[rows] = chances @ rivals[:, :-1] + missing * aims[rows, :-1]
            by_aim[rows] = torch.cat([missing * states[rows], missing], dim=1)
            by_rival[:, :-1].addmm_(chances.T, states[rows])
            by_rival[:, -1] += chances.sum(dim=0)
        ctx.save_for_backward(by_state, by_aim, by_rival)
        return total

    @staticmethod
    def backward(ctx: Any, towards: Tensor) -> tuple[Tensor | None, ...]:
        return *(towards * gradient for gradient in ctx.saved_tensors), None, None


def _scores(race: Race) -> Iterator[tuple[slice, Tensor, Tensor]]:
    """Some targets, their scores [m] and their rivals' [m, R], -inf where both are one product.

    The table of rivals is overwritten by the next one.
    """
    states, aims, rivals, clash, stand_for = race
    table = states.new_empty(min(ROWS_AT_ONCE, len(states)), len(rivals))
    bias = rivals[:, -1] + log(stand_for)
    all_own = (states * aims[:, :-1]).sum(dim=1) + aims[:, -1]
    for begin in range(0, len(states), ROWS_AT_ONCE):
        rows = slice(begin, begin + ROWS_AT_ONCE)
        some = states[rows]
        scores = torch.addmm(bias, some, rivals[:, :-1].T, out=table[: len(some)])
        here = (clash[0] >= begin) & (clash[0] < begin + len(some))
        scores[clash[0, here] - begin, clash[1, here]] = float("-inf")
        yield rows, all_own[rows], scores
