from __future__ import annotations

import pytest

from airloom.intents.multilingual.encoder import PIECES, installed
from airloom.intents.multilingual.tokenizer import BEGIN, END, MAX_TOKENS, UNKNOWN, MultilingualTokenizer


@pytest.fixture(scope="module")
def tokenizer() -> MultilingualTokenizer:
    return MultilingualTokenizer(installed() / PIECES)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("cat  bed ", [2665, 6072]),
        ("ｃａｔ ﬁne ①", [2665, 1668, 116]),
        ("ok\tgo", [2116, 335]),
        ("养了两周的酵种", [6, 6565, 127, 2713, 2503, 36, 22948, 3033]),
        ("नमस्ते", [6, 83420, UNKNOWN, 54979, UNKNOWN]),
        ("heat 🔥🔥🔥", [6817, 6, UNKNOWN]),
        ("a</s>b", [10, 6045, 9, 65, 305]),
    ],
)
def test_pieces_are_those_of_sentencepiece(
    tokenizer: MultilingualTokenizer, text: str, ids: list[int]
) -> None:
    # expected: SentencePieceProcessor(model_file="sp.model").encode(text) of sentencepiece 0.2
    assert tokenizer.token_ids([text]) == [[BEGIN, *ids, END]]


def test_the_end_of_a_long_text_is_not_read(tokenizer: MultilingualTokenizer) -> None:
    (ids,) = tokenizer.token_ids(["cat " * 1000])

    assert len(ids) == MAX_TOKENS + 2
