"""The training task of the generator: fill masked tokens, judged by the items it puts into the blanks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from airloom.beyond_log.catalogue_scores import ValueSet, expected_purchases, value_log_probabilities
from airloom.beyond_log.corruption import Corruption, corrupt
from airloom.beyond_log.item_tokens import ItemTokens
from airloom.beyond_log.masked_sequences import EventRows
from airloom.beyond_log.network import GeneratorNetwork, MaskedSequences, TokenTensors
from airloom.beyond_log.settings import GeneratorTrainingSettings
from airloom.errors import AirloomError
from airloom.ranking.training.next_product_task import next_product_targets
from airloom.ranking.training.training_loop import Rows, batched
from airloom.ranking.training.training_view import TrainingView
from airloom.statistics.sequences import IS_COMMERCE

MIN_USERS: Final = 2
RECALL_AT: Final = 20
HELD_OUT_BATCH: Final = 64


class MaskedTask:
    """A `FitTask`: a row is a moment before which a user touches a product for the first time.

    The sequence of a row is the history before the moment, and in the blanks the products that the user
    touches next for the first time.
    """

    def __init__(
        self,
        network: GeneratorNetwork,
        view: TrainingView,
        tokens: ItemTokens,
        settings: GeneratorTrainingSettings,
    ) -> None:
        self._network, self._settings, self._tokens = network, settings, tokens
        self._sequences = view.sequences
        self._tensors = TokenTensors.of(tokens)
        self._products = ValueSet.of(tokens, view.snapshot.products)
        content = np.flatnonzero(~view.snapshot.objects.is_product).astype(np.int32)
        self._content = ValueSet.of(tokens, content)
        self._index = self._products.item_index(len(tokens.codes))
        self._content_index = self._content.item_index(len(tokens.codes))
        pool = np.where(self._index >= 0, 0, -1).astype(np.int32)
        self._targets = np.flatnonzero(next_product_targets(view.sequences, pool))
        users = view.sequences.users[self._targets]
        if (count := len(np.unique(users))) < MIN_USERS:
            raise AirloomError(
                f"{count} users did anything before they touched a product for the first time, "
                f"at least {MIN_USERS} are needed: one to learn from, one to validate with",
                do="Give more days of logs",
            )
        random = np.random.default_rng(settings.seed).random(int(users.max(initial=0)) + 1)
        held_out = random[users] < settings.held_out
        if not held_out.any() or held_out.all():  # a log of a few users
            held_out = users == users[-1]
        self._training, judged = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        drawn = np.random.default_rng(settings.seed).permutation(judged)[: settings.max_held_out]
        self._held_out = np.sort(drawn)

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        """Return the moments of an epoch, in a random order."""
        rows = rng.permutation(self._training)[: self._settings.max_sequences]
        return list(batched(rows, self._settings.batch))

    def held_out(self) -> Sequence[Rows]:
        """Return the moments of held-out users."""
        return list(batched(self._held_out, HELD_OUT_BATCH))

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:
        """Return the weighted cross-entropy of the masked tokens, a token."""
        events, blanks = self._events(rows), self._settings.generator.blanks
        objects = np.maximum(events.objects, 0)
        is_product = (events.objects >= 0) & (self._index[objects] >= 0)
        is_content = (events.objects >= 0) & (self._content_index[objects] >= 0)
        is_content &= ~IS_COMMERCE[events.actions]
        corruption = corrupt(
            is_product | is_content,
            is_product,
            columns=self._network.columns,
            blanks=blanks,
            settings=self._settings.corruption,
            rng=rng,
        )
        vectors = self._network.token_vectors(self._tensors)
        masked = events.masked(self._tokens.codes, corruption.masked, blanks=blanks)
        states = self._network(masked, vectors)
        terms = [
            self._cross_entropy(states, corruption, objects, kind, values, index, vectors)
            for kind, values, index in (
                (is_product, self._products, self._index),
                (is_content, self._content, self._content_index),
            )
        ]
        count = float(corruption.counts.sum())
        return torch.stack(terms).sum() / max(count, 1.0), count

    def _cross_entropy(
        self,
        states: Tensor,
        corruption: Corruption,
        objects: NDArray[np.int64],
        kind: NDArray[np.bool_],
        values: ValueSet,
        index: NDArray[np.int64],
        vectors: list[Tensor],
    ) -> Tensor:
        """Return the summed, weighted cross-entropy of the masked tokens of one kind of object."""
        total = states.new_zeros(())
        for column, rows in enumerate(values.values):
            sequence, position = np.nonzero(corruption.masked[:, :, column] & kind)
            if not len(sequence):
                continue
            used = torch.from_numpy(rows)
            logits = self._network.logits(
                states[torch.from_numpy(sequence), torch.from_numpy(position)],
                column,
                vectors[column][used],
                self._tensors.embedding_rows[column][used],
            )
            items = index[objects[sequence, position]]
            targets = torch.from_numpy(values.codes[items, column].astype(np.int64))
            losses = functional.cross_entropy(logits.float(), targets, reduction="none")
            total = total + (losses * torch.from_numpy(corruption.weights[sequence])).sum()
        return total

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        """Return one minus the recall of the items in the blanks among the `RECALL_AT` likeliest."""
        events, blanks = self._events(rows), self._settings.generator.blanks
        wanted = events.objects[:, -blanks:].copy()
        events.objects[:, -blanks:] = -1
        vectors = self._network.token_vectors(self._tensors)
        states = self._network(self._unmasked(events), vectors)[:, -blanks:]
        tables = value_log_probabilities(
            self._network, states.flatten(0, 1).float(), self._tensors, vectors, self._products
        )
        excluded = [
            known[known >= 0] for known in np.where(events.objects >= 0, self._index[events.objects], -1)
        ]
        expected = expected_purchases(
            tables.reshape(len(rows), blanks, *tables.shape[1:]),
            self._products.codes,
            np.cumsum([0, *map(len, excluded)]),
            np.concatenate(excluded),
        )
        first = np.argsort(-expected, axis=1, kind="stable")[:, :RECALL_AT]
        indices = np.where(wanted >= 0, self._index[wanted], -1)
        hits = (indices[:, :, None] == first[:, None, :]).any(axis=2) & (indices >= 0)
        count = int((indices >= 0).sum())
        return torch.tensor(1 - hits.sum() / count), float(count)

    def _unmasked(self, events: EventRows) -> MaskedSequences:
        columns = self._network.columns
        nothing = np.zeros((*events.objects.shape, columns), np.bool_)
        return events.masked(self._tokens.codes, nothing, blanks=self._settings.generator.blanks)

    def _events(self, rows: Rows) -> EventRows:
        """Return the sequences of some moments."""
        settings, sequences = self._settings.generator, self._sequences
        cuts = self._targets[rows]
        before = cuts[:, None] + np.arange(-settings.max_events, 0)
        following = rows[:, None] + np.arange(settings.blanks)
        after = self._targets[np.minimum(following, len(self._targets) - 1)]
        indices = np.concatenate([before, after], axis=1)
        users = sequences.users[cuts][:, None]
        inside = (indices >= 0) & (sequences.users[np.maximum(indices, 0)] == users)
        inside[:, settings.max_events :] &= following < len(self._targets)
        return EventRows(
            np.where(inside, sequences.objects[indices], -1).astype(np.int64),
            np.where(inside, sequences.actions[indices], 0).astype(np.int64),
            np.where(inside, sequences.timestamps[indices], 0),
        )
