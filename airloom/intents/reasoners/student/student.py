"""A taught student: from a title to a teacher's paths in microseconds, without a model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from airloom.errors import AirloomError
from airloom.files import atomic_file
from airloom.intents.paths import IntentPath
from airloom.intents.reasoners.student.words import Words
from airloom.intents.reasoners.title_space import unit
from airloom.intents.reply_bounds import ACCEPTED

METHOD: Final = "1"
"""Raise it when the same lessons would make another student, or a file would be read otherwise."""

NEARNESS: Final = 0.05
"""A path so much farther from the title than the nearest is e times less sure."""
MIN_CONFIDENCE: Final = 0.05
_CHUNK: Final = 256
"""Titles that are compared with all paths at once."""
_TEACH: Final = "Teach another one: airloom intents student"


class Strength(NamedTuple):
    """How strongly a title foretells a purchase: a linear model of the teacher's highest confidence.

    Attributes:
        slopes: float32 [D], of a title's vector.
        usual: The mean of each action.
    """

    slopes: NDArray[np.float32]
    usual: dict[str, float]

    def of(self, vectors: NDArray[np.float32], actions: Sequence[str]) -> NDArray[np.float32]:
        """float32 [N], for vectors float32 [N, D]."""
        anybody = float(np.mean(list(self.usual.values())))
        return np.asarray(
            vectors @ self.slopes + np.array([self.usual.get(action, anybody) for action in actions]),
            np.float32,
        )


class Student(NamedTuple):
    """All that a student knows.

    Attributes:
        teacher: Folder name of the version that it learnt from.
        words: `Words.digest` of those that the table has rows for.
        table: float16 [words, D], a vector for every row of `Words`.
        paths: Sequences of labels that the teacher wrote.
        places: float32 [paths, D], unit length: their vectors, in the same space.
        strength: Whether, and how surely, a title is answered.
    """

    teacher: str
    words: str
    table: NDArray[np.float16]
    paths: list[tuple[str, ...]]
    places: NDArray[np.float32]
    strength: Strength

    def read(
        self, titles: Sequence[str], *, actions: Sequence[str], words: Words
    ) -> list[tuple[IntentPath, ...]]:
        """The teacher's paths that are nearest to each title, strongest first.

        Weaker ones than `MIN_CONFIDENCE` are not answered, and none where a title has no word.

        Args:
            titles: What is read.
            actions: What was done to each.
            words: Splits the titles.
        """
        found: list[tuple[IntentPath, ...]] = []
        for start in range(0, len(titles), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            found += self._read(pooled(self.table, words.rows(titles[chunk])), actions[chunk])
        return found

    def _read(self, vectors: NDArray[np.float32], actions: Sequence[str]) -> Iterator[tuple[IntentPath, ...]]:
        strengths = self.strength.of(vectors, actions)
        near = vectors @ self.places.T
        count = min(ACCEPTED.max_paths, near.shape[1])
        best = np.argpartition(-near, count - 1, axis=1)[:, :count]
        cosines = np.take_along_axis(near, best, axis=1)
        sure = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / NEARNESS)
        sure *= np.clip(strengths, 0.0, 1.0)[:, None]
        sure[~vectors.any(axis=1)] = 0.0
        for paths, confidences in zip(best.tolist(), sure.tolist(), strict=True):
            ranked = sorted(zip(confidences, paths, strict=True), key=lambda pair: (-pair[0], pair[1]))
            yield tuple(
                IntentPath(self.paths[path], round(confidence, 4))
                for confidence, path in ranked
                if confidence >= MIN_CONFIDENCE
            )

    def save(self, file: Path) -> None:
        """Write it as safetensors, whole or not at all; the same student gives the same bytes."""
        told = {
            "method": METHOD,
            "words": self.words,
            "teacher": self.teacher,
            "paths": json.dumps(self.paths, ensure_ascii=False),
            "usual": json.dumps(self.strength.usual, sort_keys=True),
        }
        tensors = {"table": self.table, "places": self.places, "slopes": self.strength.slopes}
        with atomic_file(file) as temporary:
            temporary.write_bytes(save(tensors, metadata={"student": json.dumps(told)}))

    @classmethod
    def load(cls, file: Path, *, words: Words) -> Student:
        """Read a saved student.

        Raises:
            AirloomError: The file holds none, or one of another method.
        """
        try:
            with safe_open(file, framework="numpy") as stored:
                told = json.loads((stored.metadata() or {})["student"])
                tensors = {name: stored.get_tensor(name) for name in ("table", "places", "slopes")}
            if told["method"] != METHOD or told["words"] != words.digest:
                raise AirloomError(f"{file} is a student of another method or tokenizer", do=_TEACH)
            student = _student(told, tensors)
            size = len(student.strength.slopes)
            fits = student.table.shape == (len(words), size)
            if not (fits and student.places.shape == (len(student.paths), size) and student.strength.usual):
                raise AirloomError(f"{file} is not a student: its tables do not fit together", do=_TEACH)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise AirloomError(f"{file} is not a student ({error})", do=_TEACH) from error
        return student


def _student(told: Mapping[str, str], tensors: Mapping[str, NDArray[np.float32]]) -> Student:
    usual = {str(action): float(mean) for action, mean in json.loads(told["usual"]).items()}
    return Student(
        teacher=told["teacher"],
        words=told["words"],
        table=tensors["table"].astype(np.float16),
        paths=[tuple(map(str, labels)) for labels in json.loads(told["paths"])],
        places=tensors["places"].astype(np.float32),
        strength=Strength(tensors["slopes"].astype(np.float32), usual),
    )


def pooled(table: NDArray[np.float16], rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """float32 [N, D], unit length: the directions of the sums of N texts' rows; zero for a text without."""
    sums = np.zeros((len(rows), table.shape[1]), np.float32)
    telling = [place for place, own in enumerate(rows) if own]
    if telling:
        flat = np.concatenate([rows[place] for place in telling])
        starts = np.cumsum([0, *(len(rows[place]) for place in telling[:-1])])
        sums[telling] = np.add.reduceat(table[flat].astype(np.float32), starts, axis=0)
    return unit(sums)
