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
from airloom.intents.reasoners.encoder import EncoderReasoner
from airloom.intents.reasoners.student.lake_student import shop_texts
from airloom.intents.reasoners.student.lessons import Lesson, lessons
from airloom.intents.reasoners.student.teach import teach
from airloom.intents.reasoners.student.words import Words
from airloom.intents.reasoners.title_sample import title_sample
from airloom.logs.lake import Lake

HELD_OUT: Final = 5
"""One title of so many is examined."""
FEWEST_TITLES: Final = 10
MOST_TITLES: Final = 2000
"""Titles that are examined."""
FIRST: Final = 3
"""Categories of each side that are compared, the surest."""
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


class Examination(NamedTuple):
    """What came of it.

    Attributes:
        teacher: Folder name of the teacher's version.
        lessons: Answers that were learnt from.
        titles: Titles that were examined.
        student: How far it agrees.
        encoder: How far the encoder does, which had no lessons.
        chance: How far the student agrees with what the teacher said of another title.
        microseconds: That the student took for one title, all titles at once.
    """

    teacher: str
    lessons: int
    titles: int
    student: Agreement
    encoder: Agreement
    chance: Agreement
    microseconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        sides = {name: getattr(self, name)._asdict() for name in ("student", "encoder", "chance")}
        return self._asdict() | sides


def examine(
    lake: Lake, *, day: date, cache: EmbeddingCache, vocabulary: LinkingSettings, threads: int
) -> Examination:
    """Teach a student four fifths of the titles and ask it about the others; nothing is kept.

    Raises:
        AirloomError: No language model has answered enough, or about too few different titles.
    """
    known = lessons(lake, day=day)
    asked = known.where(_is_held_out)
    learnt = known.where(lambda lesson: not _is_held_out(lesson))
    held_out, others = ({lesson.title for lesson in side.rows if lesson.paths} for side in (asked, learnt))
    if len(held_out) < FEWEST_TITLES or not others:
        raise AirloomError(
            f"{known.teacher} has answered {len(held_out) + len(others)} different titles with paths: "
            f"too few to teach some and ask about at least {FEWEST_TITLES} others",
            do="Ask it about more: airloom intents distill",
        )
    words = Words()
    texts = shop_texts(lake, day=day, without=asked)
    student = teach(learnt, texts=texts, cache=cache, words=words, threads=threads)

    # a title is asked about once, whatever was done to it
    once = list({lesson.title: lesson for lesson in asked.rows if lesson.paths}.values())[:MOST_TITLES]
    titles, actions = [lesson.title for lesson in once], [lesson.action for lesson in once]
    started = time.perf_counter()
    said = student.read(titles, actions=actions, words=words)
    seconds = time.perf_counter() - started

    objects = with_induced_categories(lake, products_of(lake, through=day), cache=cache, through=day)
    encoder = EncoderReasoner(objects, cache, titles=title_sample(lake, day=day))
    answers = [*(lesson.paths for lesson in once), *said, *encoder.paths_of(titles)]
    resolved = resolve_in_memory(lake, answers, objects=objects, cache=cache, settings=vocabulary)
    paths = resolved.paths.filter(pc.not_equal(resolved.paths["category"], NO_NODE))
    categories, columns = np.unique(paths["category"].to_numpy(), return_inverse=True)
    weights = np.zeros((len(answers), len(categories)), np.float32)
    np.add.at(weights, (paths["object"].to_numpy(), columns), paths["confidence"].to_numpy())
    taught, own, control = np.split(weights, 3)
    return Examination(
        teacher=known.teacher,
        lessons=len(learnt.rows),
        titles=len(once),
        student=_agreement(own, taught),
        encoder=_agreement(control, taught),
        chance=_agreement(own, np.roll(taught, 1, axis=0)),
        microseconds=round(seconds / max(len(once), 1) * 1e6, 1),
    )


def _is_held_out(lesson: Lesson) -> bool:
    return hashlib.sha256(lesson.title.encode()).digest()[0] % HELD_OUT == 0


def _agreement(one: NDArray[np.float32], other: NDArray[np.float32]) -> Agreement:
    """Of categories by weight, float32 [titles, nodes] on both sides."""
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
    """The `FIRST` heaviest nodes of each row that weigh anything, bool of the same shape."""
    best = np.argsort(-weights, axis=1, kind="stable")[:, :FIRST]
    chosen = np.zeros(weights.shape, np.bool_)
    np.put_along_axis(chosen, best, values=True, axis=1)
    return chosen & (weights > 0)
