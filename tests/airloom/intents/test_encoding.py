from __future__ import annotations

import errno
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from numpy.typing import NDArray

from airloom.intents import encoding
from airloom.intents.encoding import EmbeddingCache
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DyingEncoder, HashingEncoder, KilledError

TEXTS = ["cat bed", "", "coffee grinder", "cat bed", "猫の動画"]


def test_vectors_come_in_the_order_of_the_texts_and_every_text_is_encoded_once(lake: Lake) -> None:
    encoder = HashingEncoder()

    vectors = EmbeddingCache(lake, encoder).encode(TEXTS)

    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, HashingEncoder().encode(TEXTS))
    assert sorted(encoder.encoded) == sorted(set(TEXTS))


def test_a_second_run_encodes_nothing_and_reads_the_same_bits(lake: Lake) -> None:
    first = EmbeddingCache(lake, HashingEncoder()).encode(TEXTS)
    encoder = HashingEncoder()

    again = EmbeddingCache(lake, encoder).encode([*TEXTS[::-1], "new"])

    assert encoder.encoded == ["new"]
    np.testing.assert_array_equal(again[:5], first[::-1])


def test_nothing_is_asked_for_no_text(lake: Lake) -> None:
    assert EmbeddingCache(lake, HashingEncoder()).encode([]).shape == (0, 256)


def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_same_files(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "APPEND_EVERY", 4)
    texts = [f"text number {number}" for number in range(19)]
    undisturbed = Lake(tmp_path / "undisturbed")
    EmbeddingCache(undisturbed, HashingEncoder()).encode(texts)

    with pytest.raises(KilledError):
        EmbeddingCache(lake, DyingEncoder(calls=3)).encode(texts)
    rest = HashingEncoder()
    EmbeddingCache(lake, rest).encode(texts)

    assert len(rest.encoded) == 19 - 3 * 4
    assert files(lake) == files(undisturbed)
    assert len(files(lake)) == 5


def test_many_batches_leave_few_files(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "APPEND_EVERY", 4)
    texts = [f"text number {number}" for number in range(400)]

    for start in range(0, 400, 10):
        EmbeddingCache(lake, HashingEncoder()).encode(texts[start : start + 10])
    encoder = HashingEncoder()
    again = EmbeddingCache(lake, encoder).encode(texts)

    assert encoder.encoded == []
    np.testing.assert_array_equal(again, HashingEncoder().encode(texts))
    assert len(files(lake)) < 40


def files(lake: Lake) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in lake.path("embeddings", "hashing").glob("part-*")}


def test_two_processes_that_need_the_same_texts_encode_each_once(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here two threads, each with a cache of its own: the kernel's locks do not tell them from processes."""
    monkeypatch.setattr(encoding, "APPEND_EVERY", 4)
    texts = [f"text number {number}" for number in range(40)]
    both = Barrier(2, timeout=60)
    encoders = [MeetingEncoder(both), MeetingEncoder(both)]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda encoder: EmbeddingCache(lake, encoder).encode(texts), encoders)

    assert sorted(encoders[0].encoded + encoders[1].encoded) == sorted(texts)
    assert encoders[0].encoded
    assert encoders[1].encoded
    np.testing.assert_array_equal(first, second)


class MeetingEncoder(HashingEncoder):
    """Waits with its first batch until another has one too."""

    def __init__(self, both: Barrier) -> None:
        super().__init__()
        self._both = both

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not self.encoded:
            self._both.wait()
        return super().encode(texts)


def test_a_file_system_without_locks_encodes_all(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    assert len(EmbeddingCache(lake, HashingEncoder()).encode(TEXTS)) == len(TEXTS)
