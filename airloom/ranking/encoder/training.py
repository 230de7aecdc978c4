"""Training the encoder: after every event, which product comes next, among many of its own kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from airloom.errors import AirloomError
from airloom.ranking.encoder.network import EncoderNetwork, Events, Member, Traits
from airloom.ranking.encoder.race import Race
from airloom.ranking.fitting.fit import FitSettings, Fitted, Rows, fit, parts
from airloom.statistics.sequences import Sequences

Reader = EncoderNetwork | Member
LEAST_USERS: Final = 2


@dataclass(frozen=True)
class EncoderTrainingSettings:
    """How the encoder is trained.

    Attributes:
        fit: Epochs, learning rate and so on.
        negatives: Products that a target is compared with, drawn anew for each step; all if there are fewer.
        batch: Histories of a step.
        held_out: Share of the users that only decide when to stop.
        days: How far back events are read.
    """

    fit: FitSettings = field(
        default_factory=lambda: FitSettings(epochs=8, patience=3, learning_rate=4e-3, weight_decay=0.01)
    )
    negatives: int = 4096
    batch: int = 256
    held_out: float = 0.02
    days: int = 365


class Material(NamedTuple):
    """What the encoder learns from.

    Attributes:
        sequences: The events of all users.
        traits: Of all objects.
        groups: int32 [O], a target is compared with products of its own group; -1 for what is no product
            that may be shown.
    """

    sequences: Sequences
    traits: Traits
    groups: NDArray[np.int32]


def train_encoder(
    network: EncoderNetwork,
    material: Material,
    settings: EncoderTrainingSettings,
    *,
    seed: int,
    what: str,
    checkpoint: Path | None = None,
) -> Fitted:
    """Fit `network` in place; see `airloom.ranking.fitting.fit`.

    Raises:
        AirloomError: There is hardly a product to foretell.
    """
    task = _NextProduct(network, material, settings, seed)
    return fit(network, task, settings.fit, what=what, seed=seed, checkpoint=checkpoint)


class Windows(NamedTuple):
    """Pieces of histories: the events from `starts` to before `ends`, int64 [W] each."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequences, *, longest: int) -> Windows:
        """Cut every user's events into windows of `longest` events and the one that follows, from the end."""
        first, last = sequences.starts[:-1], sequences.starts[1:]
        counts = np.maximum(np.ceil((last - first - 1) / longest), 1).astype(np.int64)
        users = np.repeat(np.arange(len(first)), counts)
        number = np.arange(len(users)) - np.repeat(np.cumsum(counts) - counts, counts)
        ends = last[users] - number * longest
        return cls(np.maximum(first[users], ends - longest - 1), ends)

    def places(self, rows: Rows) -> NDArray[np.int64]:
        """Positions of the events of some windows, int64 [n, L], the last event last, -1 in front."""
        longest = int((self.ends[rows] - self.starts[rows]).max())
        places = self.ends[rows][:, None] + np.arange(-longest, 0)
        return np.where(places >= self.starts[rows][:, None], places, -1)


class _NextProduct:
    def __init__(
        self, network: EncoderNetwork, material: Material, settings: EncoderTrainingSettings, seed: int
    ) -> None:
        self._network, self._settings = network, settings
        self._device = settings.fit.place
        self._sequences = material.sequences
        self._traits = Traits(*(column.to(self._device) for column in material.traits))
        self._groups = material.groups
        self._pools = {
            int(group): np.flatnonzero(material.groups == group)
            for group in np.unique(material.groups[material.groups >= 0])
        }
        self._wanted = wanted(material.sequences, material.groups)
        windows = Windows.of(material.sequences, longest=network.settings.longest)
        before = np.append(0, np.cumsum(self._wanted))
        useful = before[windows.ends] > before[windows.starts + 1]
        self._windows = Windows(windows.starts[useful], windows.ends[useful])
        users = material.sequences.users[self._windows.starts]
        if (count := len(np.unique(users))) < LEAST_USERS:
            raise AirloomError(
                f"{count} users did anything before they touched a product for the first time, "
                f"at least {LEAST_USERS} are needed: one to learn from, one to judge by",
                do="Give more days of logs before the labels, or fewer label_days and evaluation_days",
            )
        chance = np.random.default_rng(seed).random(int(users.max(initial=0)) + 1)
        self._judges = chance[users] < settings.held_out
        if not self._judges.any() or self._judges.all():  # a log of a few users: the last one judges
            self._judges = users == users[-1]

    def batches(self, rng: np.random.Generator) -> Sequence[Rows]:
        """Windows of about the same length together, in a random order."""
        return self._by_length(np.flatnonzero(~self._judges), rng)

    def held_out(self) -> Sequence[Rows]:
        return self._by_length(np.flatnonzero(self._judges), np.random.default_rng(0))

    def _by_length(self, rows: Rows, rng: np.random.Generator) -> Sequence[Rows]:
        lengths = self._windows.ends[rows] - self._windows.starts[rows]
        order = np.argsort(lengths + 4 * rng.random(len(rows)), kind="stable")
        batches = list(parts(rows[order], self._settings.batch))
        return [batches[place] for place in rng.permutation(len(batches))]

    def loss(self, rows: Rows, rng: np.random.Generator) -> tuple[Tensor, float]:
        """Mean cross-entropy of the next products, of every member by itself."""
        races = [race for member in self._network.members for race in self._races(member, rows, rng)]
        total = torch.stack([race.cross_entropy() for race in races]).sum()
        count = sum(len(race.states) for race in races)
        return total / count, float(count)

    def error(self, rows: Rows) -> tuple[Tensor, float]:
        """One minus the mean reciprocal rank of the next products: what is wanted is their order."""
        ranks = torch.cat(
            [race.ranks() for race in self._races(self._network, rows, np.random.default_rng(0))]
        )
        return 1 - (1 / ranks).mean(), float(len(ranks))

    def _races(self, reader: Reader, rows: Rows, rng: np.random.Generator) -> list[Race]:
        """The next products of some windows against others of their group, as `reader` sees it."""
        places = self._windows.places(rows)
        past, following = places[:, :-1], places[:, 1:]
        asked = (past >= 0) & self._wanted[following]
        targets = self._sequences.objects[following[asked]]
        choices = {group: self._choices(group, rng) for group in np.unique(self._groups[targets]).tolist()}
        used, compact = np.unique(
            np.concatenate([self._sequences.objects[past].ravel(), targets, *choices.values()]),
            return_inverse=True,
        )
        seen, aims, *others = np.split(
            compact, np.cumsum([past.size, len(targets), *map(len, choices.values())])[:-1]
        )
        objects = self._tensor(used.astype(np.int64))
        traits = self._traits.of(objects)
        if reader.training:  # once for all that is read of an object, or its bias would give it away
            traits = traits.forgetting(reader.settings.forget_ids)
        vectors = reader.vectors(traits)
        states = self._states(reader, vectors, past, seen.reshape(past.shape))[self._tensor(asked)].float()
        biases = reader.biases(traits.own)
        scorers = torch.cat([reader.directions(vectors), biases[:, None]], dim=1).float()
        races = []
        for (group, choice), rivals in zip(choices.items(), others, strict=True):
            mine = np.flatnonzero(self._groups[targets] == group)
            place = np.full(len(used), -1)
            place[rivals] = np.arange(len(rivals))
            met = place[aims[mine]]
            races.append(
                Race(
                    states[self._tensor(mine)],
                    scorers[self._tensor(aims[mine])],
                    scorers[self._tensor(rivals)],
                    self._tensor(np.stack([np.flatnonzero(met >= 0), met[met >= 0]])),
                    len(self._pools[group]) / len(choice),
                )
            )
        return races

    def _choices(self, group: int, rng: np.random.Generator) -> NDArray[np.int64]:
        pool = self._pools[group]
        if len(pool) <= self._settings.negatives:
            return pool
        return rng.choice(pool, self._settings.negatives, replace=False, shuffle=False)

    def _states(
        self, reader: Reader, vectors: Tensor, past: NDArray[np.int64], compact: NDArray[np.int64]
    ) -> Tensor:
        events = Events(
            vectors[self._tensor(compact)],
            self._tensor(self._sequences.actions[past].astype(np.int64)),
            self._tensor(self._sequences.timestamps[past]),
            self._tensor(past < 0),
        )
        states: Tensor = reader(events)
        return states

    def _tensor(self, values: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self._device)


def wanted(sequences: Sequences, groups: NDArray[np.int32]) -> NDArray[np.bool_]:
    """First touches of a product that has a group, but for a user's first event, bool [E]."""
    keys = sequences.users.astype(np.int64) * len(groups) + sequences.objects
    first = np.zeros(len(keys), np.bool_)
    first[np.unique(keys, return_index=True)[1]] = True
    opening = np.zeros(len(keys), np.bool_)
    opening[sequences.starts[:-1]] = True
    return sequences.about_products & (groups[sequences.objects] >= 0) & first & ~opening
