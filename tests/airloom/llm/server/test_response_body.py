from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from airloom.llm.server.response_body import MAX_BODY, BodyError, unpacked

BODY = b'{"choices": []}'
BOMB = gzip.compress(bytes(200 * 2**20))


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (BODY, ""),
        (BODY, "identity"),
        (gzip.compress(BODY), "gzip"),
        (gzip.compress(BODY), " X-GZIP "),
        (zlib.compress(BODY), "deflate"),
    ],
)
def test_a_body_is_unpacked_however_it_is_cut(packed: bytes, encoding: str) -> None:
    assert unpacked([packed], encoding=encoding) == BODY
    assert unpacked([packed[at : at + 1] for at in range(len(packed))], encoding=encoding) == BODY


@pytest.mark.parametrize(
    ("packed", "encoding", "fault"),
    [
        (BOMB, "gzip", "more than 8 MiB"),
        (gzip.compress(BOMB), "gzip, gzip", "a Content-Encoding other than"),
        (BODY, "br", "a Content-Encoding other than"),
        (BODY, "gzip", "no gzip"),
        (gzip.compress(BODY)[:-9], "gzip", "ends early"),
        (bytes(MAX_BODY + 1), "", "more than 8 MiB"),
    ],
)
def test_a_bomb_is_not_unpacked(packed: bytes, encoding: str, fault: str) -> None:
    tracemalloc.start()
    with pytest.raises(BodyError, match=fault):
        unpacked([packed], encoding=encoding)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * MAX_BODY
