"""A trained student: from a title to a teacher's paths in microseconds, without a language model."""

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
from airloom.intents.normalize_rows import normalize_rows
from airloom.intents.paths import IntentPath, IntentPaths
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.intents.reply_bounds import ACCEPTED

METHOD: Final = "1"
"""Version of the method; raise it when the same data would train another student."""

COSINE_TEMPERATURE: Final = 0.05
"""A path whose cosine is this much below that of the nearest path is e times less sure."""
MIN_CONFIDENCE: Final = 0.05
_CHUNK: Final = 256
"""Titles that are compared with all paths at once."""
_TRAIN: Final = "Train another one: airloom intents student"


class ConfidenceModel(NamedTuple):
    """How strongly a title predicts a purchase: a linear model of the teacher's highest confidence.

    Attributes:
        slopes: float32 [D], of a title's vector.
        action_mean: The mean of each action.
    """

    slopes: NDArray[np.float32]
    action_mean: dict[str, float]

    def of(self, vectors: NDArray[np.float32], actions: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 [N], for vectors float32 [N, D]."""
        mean = float(np.mean(list(self.action_mean.values())))
        return np.asarray(
            vectors @ self.slopes + np.array([self.action_mean.get(action, mean) for action in actions]),
            np.float32,
        )


class Student(NamedTuple):
    """The parameters of a student.

    Attributes:
        teacher: Folder name of the version that it was trained on.
        tokenizer: `TokenTable.digest` of the tokens that the table has rows for.
        table: float16 [tokens, D], a vector for every row of `TokenTable`.
        paths: Sequences of labels that the teacher wrote.
        path_vectors: float32 [paths, D], unit length, in the same space.
        confidence_model: Whether, and how surely, a title is answered.
    """

    teacher: str
    tokenizer: str
    table: NDArray[np.float16]
    paths: list[tuple[str, ...]]
    path_vectors: NDArray[np.float32]
    confidence_model: ConfidenceModel

    def read(self, titles: Sequence[str], *, actions: Sequence[str], tokens: TokenTable) -> list[IntentPaths]:
        """Return the teacher's paths that are nearest to each title, strongest first.

        Weaker ones than `MIN_CONFIDENCE` are not answered, and none where a title has no word.

        Args:
            titles: What is read.
            actions: What was done to each.
            tokens: Splits the titles.
        """
        answers: list[IntentPaths] = []
        for start in range(0, len(titles), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            answers += self._read(pooled(self.table, tokens.rows(titles[chunk])), actions[chunk])
        return answers

    def _read(self, vectors: NDArray[np.float32], actions: Sequence[str]) -> Iterator[IntentPaths]:
        strengths = self.confidence_model.of(vectors, actions)
        near = vectors @ self.path_vectors.T
        count = min(ACCEPTED.max_paths, near.shape[1])
        best = np.argpartition(-near, count - 1, axis=1)[:, :count]
        cosines = np.take_along_axis(near, best, axis=1)
        sure = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / COSINE_TEMPERATURE)
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
        metadata = {
            "method": METHOD,
            "words": self.tokenizer,
            "teacher": self.teacher,
            "paths": json.dumps(self.paths, ensure_ascii=False),
            "usual": json.dumps(self.confidence_model.action_mean, sort_keys=True),
        }
        tensors = {"table": self.table, "places": self.path_vectors, "slopes": self.confidence_model.slopes}
        with atomic_file(file) as temporary:
            temporary.write_bytes(save(tensors, metadata={"student": json.dumps(metadata)}))

    @classmethod
    def load(cls, file: Path, *, tokens: TokenTable) -> Student:
        """Return a saved student.

        Raises:
            AirloomError: The file holds none, or one of another method.
        """
        try:
            with safe_open(file, framework="numpy") as stored:
                metadata = json.loads((stored.metadata() or {})["student"])
                tensors = {name: stored.get_tensor(name) for name in ("table", "places", "slopes")}
            if metadata["method"] != METHOD or metadata["words"] != tokens.digest:
                raise AirloomError(f"{file} is a student of another method or tokenizer", do=_TRAIN)
            student = _student(metadata, tensors)
            size = len(student.confidence_model.slopes)
            fits = student.table.shape == (len(tokens), size)
            fits &= student.path_vectors.shape == (len(student.paths), size)
            if not (fits and student.confidence_model.action_mean):
                raise AirloomError(f"{file} is not a student: its tables do not fit together", do=_TRAIN)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise AirloomError(f"{file} is not a student ({error})", do=_TRAIN) from error
        return student


def _student(metadata: Mapping[str, str], tensors: Mapping[str, NDArray[np.float32]]) -> Student:
    action_mean = {str(action): float(mean) for action, mean in json.loads(metadata["usual"]).items()}
    return Student(
        teacher=metadata["teacher"],
        tokenizer=metadata["words"],
        table=tensors["table"].astype(np.float16),
        paths=[tuple(map(str, labels)) for labels in json.loads(metadata["paths"])],
        path_vectors=tensors["places"].astype(np.float32),
        confidence_model=ConfidenceModel(tensors["slopes"].astype(np.float32), action_mean),
    )


def pooled(table: NDArray[np.float16], rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Return float32 [N, D], unit length: the direction of the sum of each text's rows; zero for none."""
    sums = np.zeros((len(rows), table.shape[1]), np.float32)
    not_empty = [index for index, own in enumerate(rows) if own]
    if not_empty:
        flat = np.concatenate([rows[index] for index in not_empty])
        starts = np.cumsum([0, *(len(rows[index]) for index in not_empty[:-1])])
        sums[not_empty] = np.add.reduceat(table[flat].astype(np.float32), starts, axis=0)
    return normalize_rows(sums)
