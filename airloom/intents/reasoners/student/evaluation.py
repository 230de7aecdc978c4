"""How far a student agrees with its teacher about titles that it has never seen."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.resolve_in_memory import resolve_in_memory
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.taxonomy import products_of
from airloom.intents.paths import IntentPath
from airloom.intents.reasoners.calibration import MINILM
from airloom.intents.reasoners.encoder import EncoderReasoner
from airloom.intents.reasoners.student.lake_student import unlabeled_texts
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.intents.reasoners.student.train import train
from airloom.intents.reasoners.student.training_data import TrainingExample, training_data
from airloom.intents.reasoners.title_sample import title_sample
from airloom.logs.lake import Lake

HELD_OUT: Final = 5
"""One title of this many is held out."""
MIN_TITLES: Final = 10
MAX_TITLES: Final = 2000
"""Titles that a student is evaluated on."""
TOP_K: Final = 3
"""The surest categories of each side that are compared."""
_RESAMPLES: Final = 1000

Answers = Sequence[tuple[IntentPath, ...]]


class Agreement(NamedTuple):
    """With the teacher, over the titles that it answered; the mean and a 95% interval (bootstrap of titles).

    Attributes:
        f1: Of the three surest categories.
        f1_interval: Its interval.
        cosine: Of the confidences of all categories.
        cosine_interval: Its interval.
    """

    f1: float
    f1_interval: tuple[float, float]
    cosine: float
    cosine_interval: tuple[float, float]


class StudentEvaluation(NamedTuple):
    """How far a student and the encoder agree with the teacher.

    Attributes:
        teacher: Folder name of the teacher's version.
        training_examples: Answers that it was trained on.
        titles: Titles that it was evaluated on.
        student: How far it agrees.
        encoder: How far the encoder does, which was not trained on them.
        chance: How far the student agrees with what the teacher answered about another title.
        microseconds: That the student took for one title, all titles at once.
    """

    teacher: str
    training_examples: int
    titles: int
    student: Agreement
    encoder: Agreement
    chance: Agreement
    microseconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return the evaluation for JSON."""
        sides = {name: getattr(self, name)._asdict() for name in ("student", "encoder", "chance")}
        return self._asdict() | sides | {"lessons": self.training_examples}  # its former name


def evaluate(
    lake: Lake, *, day: date, cache: EmbeddingCache, linking: LinkingSettings, threads: int
) -> StudentEvaluation:
    """Train a student on four fifths of the titles and evaluate it on the others; nothing is stored.

    Raises:
        AirloomError: No language model has answered enough, or about too few different titles.
    """
    data = training_data(lake, day=day)
    test_data = data.where(_is_held_out)
    train_data = data.where(lambda example: not _is_held_out(example))
    held_out, others = (side.titles_with_paths() for side in (test_data, train_data))
    if len(held_out) < MIN_TITLES or not others:
        raise AirloomError(
            f"{data.teacher} has answered {len(held_out) + len(others)} different titles with paths: "
            f"too few to train on some and evaluate at least {MIN_TITLES} others",
            do="Ask it about more: airloom intents distill",
        )
    tokens = TokenTable()
    texts = unlabeled_texts(lake, day=day, without=test_data)
    student = train(train_data, texts=texts, cache=cache, tokens=tokens, threads=threads)

    # a title is asked about once, whatever was done to it
    once = list({example.title: example for example in test_data.rows if example.paths}.values())[:MAX_TITLES]
    titles, actions = [example.title for example in once], [example.action for example in once]
    started = time.perf_counter()
    predicted = student.read(titles, actions=actions, tokens=tokens)
    seconds = time.perf_counter() - started

    objects = with_induced_categories(lake, products_of(lake, through=day), cache=cache, through=day)
    encoder = EncoderReasoner(objects, cache, titles=title_sample(lake, day=day), calibration=MINILM)
    answers = [*(example.paths for example in once), *predicted, *encoder.paths_of(titles)]
    resolved = resolve_in_memory(lake, answers, objects=objects, cache=cache, settings=linking)
    paths = resolved.paths.filter(pc.not_equal(resolved.paths["category"], NO_NODE))
    categories, columns = np.unique(paths["category"].to_numpy(), return_inverse=True)
    weights = np.zeros((len(answers), len(categories)), np.float32)
    np.add.at(weights, (paths["object"].to_numpy(), columns), paths["confidence"].to_numpy())
    teacher, own, control = np.split(weights, 3)
    return StudentEvaluation(
        teacher=data.teacher,
        training_examples=len(train_data.rows),
        titles=len(once),
        student=_agreement(own, teacher),
        encoder=_agreement(control, teacher),
        chance=_agreement(own, np.roll(teacher, 1, axis=0)),
        microseconds=round(seconds / max(len(once), 1) * 1e6, 1),
    )


def _is_held_out(example: TrainingExample) -> bool:
    return hashlib.sha256(example.title.encode()).digest()[0] % HELD_OUT == 0


def _agreement(one: NDArray[np.float32], other: NDArray[np.float32]) -> Agreement:
    """Return the agreement of categories by weight, float32 [titles, nodes] on both sides."""
    first, second = _surest(one), _surest(other)
    f1 = 2 * (first & second).sum(axis=1) / np.maximum(first.sum(axis=1) + second.sum(axis=1), 1)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = (one * other).sum(axis=1) / np.maximum(lengths, 1e-9)
    counts = np.random.default_rng(0).multinomial(len(one), np.full(len(one), 1 / len(one)), _RESAMPLES)

    def interval(values: NDArray[np.float64]) -> tuple[float, float]:
        low, high = np.quantile(counts @ values / len(one), [0.025, 0.975])
        return round(float(low), 4), round(float(high), 4)

    return Agreement(
        round(float(f1.mean()), 4),
        interval(f1),
        round(float(cosine.mean()), 4),
        interval(cosine.astype(np.float64)),
    )


def _surest(weights: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which are the `TOP_K` heaviest nodes with a weight in each row, bool of the same shape."""
    best = np.argsort(-weights, axis=1, kind="stable")[:, :TOP_K]
    chosen = np.zeros(weights.shape, np.bool_)
    np.put_along_axis(chosen, best, values=True, axis=1)
    return chosen & (weights > 0)
