"""Trains a student: tokens get the vectors that bring a title near to what its teacher answered about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.normalize_rows import normalize_rows
from airloom.intents.reasoners.student.student import ConfidenceModel, Student, pooled
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.intents.reasoners.student.training_data import StudentTrainingData, TrainingExample
from airloom.progress import progress

MAX_PATHS: Final = 8192
"""Different paths that a student can answer: the most frequent ones of the teacher."""
EPOCHS: Final = 8
BATCH: Final = 256
RATE: Final = 1e-3
"""More epochs fit the taught titles better and others worse (docs/measurements/negative-results.md)."""
_COMMON_AXES: Final = 8
"""Directions in which all words differ most, which tell how common they are rather than what they mean."""
_RARE: Final = 1e-3
"""A word that makes up this part of all texts counts half (Arora et al., ICLR 2017)."""
_RIDGE: Final = 10.0


def train(
    data: StudentTrainingData,
    *,
    texts: Sequence[str],
    cache: EmbeddingCache,
    tokens: TokenTable,
    threads: int = 2,
) -> Student:
    """Train a student; the same data and texts give the same student.

    A table of tokens is fitted so that the sum over a text's tokens points where the sentence encoder puts
    the text; for a title that the teacher answered, halfway between that and the labels that the teacher
    wrote, so that words of languages that the encoder does not know get a meaning too.

    Args:
        data: What the teacher answered.
        texts: More texts of the shop, for their words: titles of products and of other content.
        cache: Encodes texts.
        tokens: Rows of the table.
        threads: Threads of torch.
    """
    counts = Counter(path.labels for example in data.rows for path in example.paths)
    paths = sorted(counts, key=lambda labels: (-counts[labels], labels))[:MAX_PATHS]
    path_texts = [" ".join(labels) for labels in paths]
    titles = sorted({example.title for example in data.rows})
    everything = sorted({*titles, *path_texts, *(text for text in texts if text.strip())})

    vectors = cache.encode(everything)
    common = vectors.mean(axis=0)
    path_vectors = normalize_rows(cache.encode(path_texts) - common)
    targets = normalize_rows(vectors - common)
    row_of = {text: row for row, text in enumerate(everything)}
    answered = _answered(data.rows, dict(zip(paths, path_vectors, strict=True)))
    for title, vector in answered.items():
        targets[row_of[title]] += vector

    rows = tokens.rows(everything)
    table = _fitted(_first_table(tokens, rows, cache), rows, normalize_rows(targets), threads=threads)
    own = pooled(table, tokens.rows([example.title for example in data.rows]))
    return Student(data.teacher, tokens.digest, table, paths, path_vectors, _confidence_model(data.rows, own))


def _answered(
    rows: Sequence[TrainingExample], path_vectors: dict[tuple[str, ...], NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Return for each title the mean of its paths' vectors by confidence, float32 [D], unit length."""
    sums: dict[str, NDArray[np.float32]] = {}
    for example in rows:
        for labels, confidence in example.paths:
            if labels in path_vectors:
                sums[example.title] = (
                    sums.get(example.title, 0.0) + np.float32(confidence) * path_vectors[labels]
                )
    return {title: normalize_rows(vector[None])[0] for title, vector in sums.items()}


def _first_table(
    tokens: TokenTable, rows: Sequence[Sequence[int]], cache: EmbeddingCache
) -> NDArray[np.float32]:
    """Return every word piece as the encoder reads it, rare ones heavier, float32 [tokens, D]."""
    vectors = cache.encode(tokens.pieces)
    vectors -= vectors.mean(axis=0)
    axes = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)[1][:, -_COMMON_AXES:].astype(np.float32)
    table = np.zeros((len(tokens), vectors.shape[1]), np.float32)
    table[: len(vectors)] = vectors - vectors @ axes @ axes.T
    used = np.bincount(np.concatenate([np.asarray(own, np.int64) for own in rows]), minlength=len(tokens))
    return np.asarray(table * (_RARE / (_RARE + used / used.sum()))[:, None], np.float32)


def _fitted(
    table: NDArray[np.float32],
    rows: Sequence[Sequence[int]],
    targets: NDArray[np.float32],
    *,
    threads: int,
) -> NDArray[np.float16]:
    """Return the table after training: 1 - cosine of a text's sum and its target, by Adam on rows used."""
    import torch

    torch.set_num_threads(threads)
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(table), freeze=False, mode="sum", sparse=True)
    optimizer = torch.optim.SparseAdam(list(bag.parameters()), lr=RATE)
    not_empty = [number for number, own in enumerate(rows) if own]
    order = np.random.default_rng(0)
    for _ in progress(range(EPOCHS), what=f"train on {len(not_empty):,} texts"):
        shuffled = order.permutation(not_empty).tolist()
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


def _confidence_model(rows: Sequence[TrainingExample], vectors: NDArray[np.float32]) -> ConfidenceModel:
    """Fit a ridge regression to what the mean of the action does not explain."""
    best = np.array([max((path.confidence for path in example.paths), default=0.0) for example in rows])
    actions = np.array([example.action for example in rows])
    action_mean = {str(action): float(best[actions == action].mean()) for action in np.unique(actions)}
    means = np.array([action_mean[action] for action in actions.tolist()])
    features = vectors.astype(np.float64)
    square = features.T @ features + _RIDGE * np.eye(features.shape[1])
    slopes = np.linalg.solve(square, features.T @ (best - means))
    return ConfidenceModel(slopes.astype(np.float32), action_mean)
