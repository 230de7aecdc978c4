"""Behaviors drawn from a generator over one snapshot: a few passes, several samples of each user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.beyond_log.behavior_source import Proposals
from airloom.beyond_log.catalogue_scores import (
    ValueSet,
    item_log_probabilities,
    softmax_in_place,
    value_log_probabilities,
)
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.masked_sequences import EventRows
from airloom.beyond_log.network import TokenTensors
from airloom.beyond_log.settings import SamplingSettings
from airloom.beyond_log.user_seeds import uniforms, user_seeds
from airloom.compiled import compiled
from airloom.logs.contract import ACTIONS, CLICK
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot

BATCH_SIZE: Final = 64
"""Sequences of a forward pass. The last one is filled up: matrix products of another shape may have other
last digits, and a user's samples must not depend on who else is asked for."""
_CLICK: Final = ACTIONS.index(CLICK)


class _Draws(NamedTuple):
    """Draws for n sequences: indices of products, int32 [n, s, K], and two float32 arrays of that shape.

    `chances` are the probabilities of the drawn products in their blanks, `expected` how often each is
    expected in all blanks.
    """

    items: NDArray[np.int32]
    chances: NDArray[np.float32]
    expected: NDArray[np.float32]


class GeneratedBehaviors:
    """A `BehaviorSource`: a generator over one snapshot.

    Args:
        generator: Trained.
        snapshot: Whose products may come out.
        settings: How behaviors are drawn.
    """

    name: Final = "generated"

    def __init__(
        self, generator: BehaviorGenerator, snapshot: Snapshot, settings: SamplingSettings | None = None
    ) -> None:
        self.settings = settings or SamplingSettings()
        self._network = generator.network
        self.version = generator.version
        tokens = generator.space.tokens(snapshot)
        self._codes = tokens.codes
        self._tensors = TokenTensors.of(tokens)
        self._products = ValueSet.of(tokens, snapshot.products)
        self._index = self._products.item_index(len(tokens.codes))
        with torch.inference_mode():
            self._vectors = self._network.token_vectors(self._tensors)

    def propose(
        self,
        user_ids: Sequence[str],
        histories: Sequence[UserHistory],
        now: int,
    ) -> list[Proposals]:
        """Return the products drawn for each user; see `BehaviorSource`.

        A weight is how often the product is expected among the next purchases, `blanks` of them, at most 1.
        """
        torch.set_num_threads(self.settings.threads)
        past = [history.before(now) for history in histories]
        seeds = user_seeds(user_ids, purpose=self.version)
        proposals = []
        for begin in range(0, len(past), BATCH_SIZE):
            batch = slice(begin, begin + BATCH_SIZE)
            proposals += self._propose(seeds[batch], past[batch])
        return proposals

    def _propose(self, seeds: NDArray[np.uint64], histories: Sequence[UserHistory]) -> list[Proposals]:
        if not len(self._products.items):
            return [Proposals.empty() for _ in histories]
        samples, blanks = self.settings.samples, self._network.settings.blanks
        events = EventRows.of_histories(
            histories, max_events=self._network.settings.max_events, blanks=blanks
        )
        known = [self._known(history) for history in histories]
        drawn = self._draw(events, known, uniforms(seeds, samples * blanks).reshape(-1, samples, blanks))
        if self.settings.passes > 1:
            drawn = self._refine(events, known, seeds, drawn)
        return [self._agreed(*parts) for parts in zip(drawn.items, drawn.expected, strict=True)]

    def _known(self, history: UserHistory) -> NDArray[np.int64]:
        """Return the indices of the products that a history has: they are not drawn."""
        indices = self._index[history.objects]
        return indices[indices >= 0]

    def _refine(
        self,
        events: EventRows,
        known: Sequence[NDArray[np.int64]],
        seeds: NDArray[np.uint64],
        first: _Draws,
    ) -> _Draws:
        """Fill the surest blanks of every sample and draw the others again, pass by pass."""
        samples, blanks, passes = self.settings.samples, first.items.shape[2], self.settings.passes
        items = first.items.reshape(-1, blanks).copy()
        chances = first.chances.reshape(-1, blanks).copy()
        expected = first.expected.reshape(-1, blanks).copy()
        repeated = EventRows(*(np.repeat(column, samples, axis=0) for column in events))
        filled = np.zeros(items.shape, np.bool_)
        for number in range(1, passes):
            count = -(-blanks * number // passes)
            surest = np.argsort(np.where(filled, -np.inf, -chances), axis=1, kind="stable")[:, :count]
            np.put_along_axis(filled, surest, values=True, axis=1)
            objects = repeated.objects.copy()
            objects[:, -blanks:] = np.where(filled, self._products.items[items], -1)
            actions = repeated.actions.copy()
            actions[:, -blanks:] = _CLICK
            there = [np.append(known[row // samples], items[row, filled[row]]) for row in range(len(items))]
            luck = uniforms(seeds, samples * blanks, stream=number).reshape(-1, 1, blanks)
            again = self._draw(EventRows(objects, actions, repeated.timestamps), there, luck)
            items[~filled] = again.items[:, 0][~filled]
            chances[~filled] = again.chances[:, 0][~filled]
            expected[~filled] = again.expected[:, 0][~filled]
        shape = first.items.shape
        return _Draws(items.reshape(shape), chances.reshape(shape), expected.reshape(shape))

    def _draw(
        self, events: EventRows, excluded: Sequence[NDArray[np.int64]], luck: NDArray[np.float64]
    ) -> _Draws:
        """Draw a product for each blank of each sequence.

        Args:
            events: Of n sequences.
            excluded: Indices of products that are not drawn for each.
            luck: float64 [n, s, K] from [0, 1), for s draws of each blank.
        """
        parts = []
        for begin in range(0, len(luck), BATCH_SIZE):
            rows = slice(begin, begin + BATCH_SIZE)
            tables = self._tables(EventRows(*(column[rows] for column in events)))
            offsets = np.cumsum([0, *map(len, excluded[rows])])
            known = np.concatenate([np.empty(0, np.int64), *excluded[rows]])
            inverse = np.float32(1 / self.settings.temperature)
            parts.append(_draw(tables, self._products.codes, offsets, known, luck[rows], inverse))
        return _Draws(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _tables(self, events: EventRows) -> NDArray[np.float32]:
        """Return the log probabilities of the values in each blank, float32 [n, K, M, v]."""
        count, blanks = len(events.objects), self._network.settings.blanks
        full = EventRows(
            *(np.pad(column, ((0, BATCH_SIZE - count), (0, 0)), mode="edge") for column in events)
        )
        nothing = np.zeros((*full.objects.shape, self._network.columns), np.bool_)
        with torch.inference_mode():
            states = self._network(full.masked(self._codes, nothing, blanks=blanks), self._vectors)
            tables = value_log_probabilities(
                self._network,
                states[:, -blanks:].flatten(0, 1),
                self._tensors,
                self._vectors,
                self._products,
            )
        # coarser than the rounding errors of the network
        return np.round(tables.reshape(BATCH_SIZE, blanks, *tables.shape[1:])[:count], 3)

    def _agreed(self, items: NDArray[np.int32], expected: NDArray[np.float32]) -> Proposals:
        """Return the products of a user's samples, int32 and float32 [s, K], the likeliest first."""
        drawn = np.flatnonzero(items >= 0)
        sample = np.repeat(np.arange(len(items)), items.shape[1])[drawn]
        products, groups = np.unique(items.ravel()[drawn], return_inverse=True)
        pairs = np.unique(groups * len(items) + sample)
        agreeing = np.bincount(pairs // len(items), minlength=len(products)).astype(np.int32)
        sums = np.bincount(groups, expected.ravel()[drawn], minlength=len(products))
        means = sums / np.bincount(groups, minlength=len(products))
        order = np.lexsort((products, -means))
        weights = np.minimum(means[order], 1.0).astype(np.float32)
        return Proposals(self._products.items[products[order]], weights, agreeing[order])


@compiled
def _draw(
    tables: NDArray[np.float32],
    codes: NDArray[np.int32],
    offsets: NDArray[np.int64],
    excluded: NDArray[np.int64],
    luck: NDArray[np.float64],
    inverse_temperature: np.float32,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Draw by the inverse of the cumulative distribution; see `_Draws`. -1 where everything is excluded."""
    sequences, samples, blanks = luck.shape
    items = np.full((sequences, samples, blanks), -1, np.int32)
    chances = np.zeros((sequences, samples, blanks), np.float32)
    expected = np.zeros((sequences, samples, blanks), np.float32)
    scores, total = np.empty(len(codes), np.float32), np.empty(len(codes), np.float32)
    mass = np.empty(len(codes), np.float64)
    for row in range(sequences):
        known = excluded[offsets[row] : offsets[row + 1]]
        total[:] = 0
        for blank in range(blanks):
            item_log_probabilities(tables[row, blank], codes, scores)
            scores[known] = -np.inf
            if scores.max() == -np.inf:
                continue
            softmax_in_place(scores, inverse_temperature)
            total += scores
            before = 0.0
            for item in range(len(scores)):
                before += scores[item]
                mass[item] = before
            for sample in range(samples):
                item = np.searchsorted(mass, luck[row, sample, blank] * before, side="right")
                item = min(item, len(mass) - 1)
                while scores[item] == 0:  # rounding led to the end
                    item -= 1
                items[row, sample, blank] = item
                chances[row, sample, blank] = scores[item]
        for sample in range(samples):
            for blank in range(blanks):
                if items[row, sample, blank] >= 0:
                    expected[row, sample, blank] = total[items[row, sample, blank]]
    return items, chances, expected
