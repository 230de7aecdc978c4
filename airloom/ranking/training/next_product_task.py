"""The training task of the sequence encoder: predict the next product after every event (sampled softmax)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from airloom.errors import AirloomError
from airloom.ranking.encoder.network import EncoderMember, EncoderNetwork, EventBatch, ItemFeatures
from airloom.ranking.training.history_windows import HistoryWindows
from airloom.ranking.training.sampled_softmax import SampledSoftmax
from airloom.ranking.training.settings import EncoderTrainingSettings
from airloom.ranking.training.training_loop import Fitted, Rows, batched, fit
from airloom.statistics.sequences import Sequences

Encoder = EncoderNetwork | EncoderMember
MIN_USERS: Final = 2


class EncoderTrainingData(NamedTuple):
    """What the encoder learns from.

    Attributes:
        sequences: The events of all users.
        features: Of all objects.
        pool_ids: int32 [O], negatives of a target are drawn from the products with its pool id; -1 for an
            object that is no product or may not be shown.
    """

    sequences: Sequences
    features: ItemFeatures
    pool_ids: NDArray[np.int32]


def train_encoder(
    network: EncoderNetwork,
    data: EncoderTrainingData,
    settings: EncoderTrainingSettings,
    *,
    seed: int,
    what: str,
    checkpoint: Path | None = None,
) -> Fitted:
    """Fit `network` in place; see `airloom.ranking.training.training_loop`.

    Raises:
        AirloomError: Fewer than `MIN_USERS` users have a product to predict.
    """
    task = _NextProductTask(network, data, settings, seed)
    return fit(network, task, settings.fit, what=what, seed=seed, checkpoint=checkpoint)


class _NextProductTask:
    """A `FitTask`: the rows of a batch are history windows."""

    def __init__(
        self, network: EncoderNetwork, data: EncoderTrainingData, settings: EncoderTrainingSettings, seed: int
    ) -> None:
        self._network, self._settings = network, settings
        self._device = settings.fit.torch_device
        self._sequences = data.sequences
        self._features = ItemFeatures(*(column.to(self._device) for column in data.features))
        self._pool_ids = data.pool_ids
        self._pools = {
            int(pool_id): np.flatnonzero(data.pool_ids == pool_id)
            for pool_id in np.unique(data.pool_ids[data.pool_ids >= 0])
        }
        self._is_target = next_product_targets(data.sequences, data.pool_ids)
        windows = HistoryWindows.of(data.sequences, max_events=network.settings.max_events)
        targets_before = np.append(0, np.cumsum(self._is_target))
        has_target = targets_before[windows.ends] > targets_before[windows.starts + 1]
        self._windows = HistoryWindows(windows.starts[has_target], windows.ends[has_target])
        users = data.sequences.users[self._windows.starts]
        if (count := len(np.unique(users))) < MIN_USERS:
            raise AirloomError(
                f"{count} users did anything before they touched a product for the first time, "
                f"at least {MIN_USERS} are needed: one to learn from, one to validate with",
                do="Give more days of logs before the labels, or fewer label_days and evaluation_days",
            )
        random = np.random.default_rng(seed).random(int(users.max(initial=0)) + 1)
        self._is_held_out = random[users] < settings.held_out
        if not self._is_held_out.any() or self._is_held_out.all():  # a log of a few users
            self._is_held_out = users == users[-1]

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        """Return batches of windows of about the same length (bucketing), in a random order."""
        return self._by_length(np.flatnonzero(~self._is_held_out), rng)

    def held_out(self) -> Sequence[Rows]:
        return self._by_length(np.flatnonzero(self._is_held_out), np.random.default_rng(0))

    def _by_length(self, rows: Rows, rng: np.random.Generator) -> Sequence[Rows]:
        lengths = self._windows.ends[rows] - self._windows.starts[rows]
        order = np.argsort(lengths + 4 * rng.random(len(rows)), kind="stable")
        batches = list(batched(rows[order], self._settings.batch))
        return [batches[index] for index in rng.permutation(len(batches))]

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:
        """Return the mean cross-entropy of the next products, each ensemble member by itself."""
        softmaxes = [
            softmax
            for member in self._network.ensemble_members
            for softmax in self._softmaxes(member, rows, rng)
        ]
        total = torch.stack([softmax.cross_entropy() for softmax in softmaxes]).sum()
        count = sum(len(softmax.states) for softmax in softmaxes)
        return total / count, float(count)

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        """Return one minus the mean reciprocal rank (MRR) of the next products."""
        softmaxes = self._softmaxes(self._network, rows, np.random.default_rng(0))
        ranks = torch.cat([softmax.ranks() for softmax in softmaxes])
        return 1 - (1 / ranks).mean(), float(len(ranks))

    def _softmaxes(self, encoder: Encoder, rows: Rows, rng: np.random.Generator) -> list[SampledSoftmax]:
        """Return the targets of some windows against negatives of their pool, one softmax for each pool."""
        events = self._windows.event_indices(rows)
        inputs, following = events[:, :-1], events[:, 1:]
        asked = (inputs >= 0) & self._is_target[following]
        targets = self._sequences.objects[following[asked]]
        samples = {
            pool: self._sample_negatives(pool, rng) for pool in np.unique(self._pool_ids[targets]).tolist()
        }
        # only the items that occur are encoded: rows below are indices into `used`
        used, compact = np.unique(
            np.concatenate([self._sequences.objects[inputs].ravel(), targets, *samples.values()]),
            return_inverse=True,
        )
        input_rows, target_rows, *sample_rows = np.split(
            compact, np.cumsum([inputs.size, len(targets), *map(len, samples.values())])[:-1]
        )
        features = self._features.take(self._tensor(used.astype(np.int64)))
        if encoder.training:  # once for inputs and outputs, or the bias of an item would give away its id
            features = features.with_id_dropout(encoder.settings.id_dropout)
        vectors = encoder.item_vectors(features)
        states = self._states(encoder, vectors, inputs, input_rows.reshape(inputs.shape))
        states = states[self._tensor(asked)].float()
        biases = encoder.item_biases(features.item_id_row)
        outputs = torch.cat([encoder.output_embeddings(vectors), biases[:, None]], dim=1).float()
        softmaxes = []
        for (pool, sample), negatives in zip(samples.items(), sample_rows, strict=True):
            in_pool = np.flatnonzero(self._pool_ids[targets] == pool)
            index_in_sample = np.full(len(used), -1)
            index_in_sample[negatives] = np.arange(len(negatives))
            hits = index_in_sample[target_rows[in_pool]]
            softmaxes.append(
                SampledSoftmax(
                    states[self._tensor(in_pool)],
                    outputs[self._tensor(target_rows[in_pool])],
                    outputs[self._tensor(negatives)],
                    self._tensor(np.stack([np.flatnonzero(hits >= 0), hits[hits >= 0]])),
                    len(self._pools[pool]) / len(sample),
                )
            )
        return softmaxes

    def _sample_negatives(self, pool_id: int, rng: np.random.Generator) -> NDArray[np.int64]:
        pool = self._pools[pool_id]
        if len(pool) <= self._settings.negatives:
            return pool
        return rng.choice(pool, self._settings.negatives, replace=False, shuffle=False)

    def _states(
        self, encoder: Encoder, vectors: Tensor, events: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> Tensor:
        batch = EventBatch(
            vectors[self._tensor(rows)],
            self._tensor(self._sequences.actions[events].astype(np.int64)),
            self._tensor(self._sequences.timestamps[events]),
            self._tensor(events < 0),
        )
        states: Tensor = encoder(batch)
        return states

    def _tensor(self, values: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self._device)


def next_product_targets(sequences: Sequences, pool_ids: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which events are predicted, bool [E]: first touches of a pool's product after another event."""
    keys = sequences.users.astype(np.int64) * len(pool_ids) + sequences.objects
    first_touch = np.zeros(len(keys), np.bool_)
    first_touch[np.unique(keys, return_index=True)[1]] = True
    first_event = np.zeros(len(keys), np.bool_)
    first_event[sequences.starts[:-1]] = True
    in_pool = pool_ids[sequences.objects] >= 0
    return sequences.is_commerce & in_pool & first_touch & ~first_event
