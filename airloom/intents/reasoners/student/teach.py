"""How a student is taught: words get the vectors that make a title land near what a teacher read into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.reasoners.student.lessons import Lesson, Lessons
from airloom.intents.reasoners.student.student import Strength, Student, pooled
from airloom.intents.reasoners.student.words import Words
from airloom.intents.reasoners.title_space import unit
from airloom.progress import progress

MOST_PATHS: Final = 8192
"""Different paths that a student can answer, those that the teacher wrote most often."""
EPOCHS: Final = 8
BATCH: Final = 256
RATE: Final = 1e-3
"""More epochs fit the taught titles better and others worse (docs/measurements/negative-results.md)."""
_COMMON_AXES: Final = 8
"""Directions in which all words differ most, which tell how common they are rather than what they mean."""
_RARE: Final = 1e-3
"""A word that makes up this part of all texts counts half (Arora et al., ICLR 2017)."""
_RIDGE: Final = 10.0


def teach(
    lessons: Lessons, *, texts: Sequence[str], cache: EmbeddingCache, words: Words, threads: int = 2
) -> Student:
    """Teach a student; the same lessons and texts make the same student.

    A table of words is fitted so that the sum over a text's words points where the sentence encoder places
    the text; for a title that the teacher answered, halfway between that and the labels that the teacher
    wrote, so that words of languages which the encoder does not know find their meaning too.

    Args:
        lessons: What the teacher answered.
        texts: More texts of the shop, for their words: titles of products and of other content.
        cache: Encodes texts.
        words: Rows of the table.
        threads: Threads of torch.
    """
    counts = Counter(path.labels for lesson in lessons.rows for path in lesson.paths)
    paths = sorted(counts, key=lambda labels: (-counts[labels], labels))[:MOST_PATHS]
    spoken = [" ".join(labels) for labels in paths]
    titles = sorted({lesson.title for lesson in lessons.rows})
    everything = sorted({*titles, *spoken, *(text for text in texts if text.strip())})

    vectors = cache.encode(everything)
    common = vectors.mean(axis=0)
    places = unit(cache.encode(spoken) - common)
    targets = unit(vectors - common)
    row_of = {text: row for row, text in enumerate(everything)}
    answered = _answered(lessons.rows, dict(zip(paths, places, strict=True)))
    for title, vector in answered.items():
        targets[row_of[title]] += vector

    rows = words.rows(everything)
    table = _fitted(_first_table(words, rows, cache), rows, unit(targets), threads=threads)
    own = pooled(table, words.rows([lesson.title for lesson in lessons.rows]))
    return Student(lessons.teacher, words.digest, table, paths, places, _strength(lessons.rows, own))


def _answered(
    rows: Sequence[Lesson], places: dict[tuple[str, ...], NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Title to float32 [D], unit length: the mean of its paths' vectors, by confidence."""
    sums: dict[str, NDArray[np.float32]] = {}
    for lesson in rows:
        for labels, confidence in lesson.paths:
            if labels in places:
                sums[lesson.title] = sums.get(lesson.title, 0.0) + np.float32(confidence) * places[labels]
    return {title: unit(vector[None])[0] for title, vector in sums.items()}


def _first_table(words: Words, rows: Sequence[Sequence[int]], cache: EmbeddingCache) -> NDArray[np.float32]:
    """float32 [words, D]: every word piece as the encoder reads it alone, weaker the more common it is."""
    vectors = cache.encode(words.pieces)
    vectors -= vectors.mean(axis=0)
    axes = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)[1][:, -_COMMON_AXES:].astype(np.float32)
    table = np.zeros((len(words), vectors.shape[1]), np.float32)
    table[: len(vectors)] = vectors - vectors @ axes @ axes.T
    used = np.bincount(np.concatenate([np.asarray(own, np.int64) for own in rows]), minlength=len(words))
    return np.asarray(table * (_RARE / (_RARE + used / used.sum()))[:, None], np.float32)


def _fitted(
    table: NDArray[np.float32],
    rows: Sequence[Sequence[int]],
    targets: NDArray[np.float32],
    *,
    threads: int,
) -> NDArray[np.float16]:
    """The table after training: 1 - cosine of a text's sum and its target, by Adam on the rows that occur."""
    import torch

    torch.set_num_threads(threads)
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(table), freeze=False, mode="sum", sparse=True)
    optimizer = torch.optim.SparseAdam(list(bag.parameters()), lr=RATE)
    telling = [number for number, own in enumerate(rows) if own]
    order = np.random.default_rng(0)
    for _ in progress(range(EPOCHS), what=f"learn from {len(telling):,} texts"):
        shuffled = order.permutation(telling).tolist()
        for start in range(0, len(shuffled), BATCH):
            batch = shuffled[start : start + BATCH]
            flat = torch.tensor([row for number in batch for row in rows[number]])
            starts = torch.tensor(np.cumsum([0, *(len(rows[number]) for number in batch[:-1])]))
            cosines = (
                torch.nn.functional.normalize(bag(flat, starts), dim=1) * torch.tensor(targets[batch])
            ).sum(1)
            loss = (1 - cosines).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return bag.weight.detach().numpy().astype(np.float16)


def _strength(rows: Sequence[Lesson], vectors: NDArray[np.float32]) -> Strength:
    """Ridge regression on what the action alone does not explain."""
    best = np.array([max((path.confidence for path in lesson.paths), default=0.0) for lesson in rows])
    actions = np.array([lesson.action for lesson in rows])
    usual = {str(action): float(best[actions == action].mean()) for action in np.unique(actions)}
    means = np.array([usual[action] for action in actions.tolist()])
    features = vectors.astype(np.float64)
    square = features.T @ features + _RIDGE * np.eye(features.shape[1])
    slopes = np.linalg.solve(square, features.T @ (best - means))
    return Strength(slopes.astype(np.float32), usual)
