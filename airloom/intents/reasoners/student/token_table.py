"""Tokens of texts as rows of a table, the same on every machine and without a model."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from airloom.files import sha256_of
from airloom.intents.reasoners.title_space import spell_pictograms
from airloom.intents.sentence_encoder import installed

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HASHED: Final = 1 << 14
"""Rows behind the word pieces, for signs and pairs of signs of scripts that have few or none."""

_MAX_TOKENS: Final = 256
"""Word pieces, and hashed signs, of one text; the rest of a longer text is not read."""
_UNKNOWN: Final = "[UNK]"
_NOT_LATIN: Final = re.compile(r"[^\W\d_\u0000-\u024f]+")


class TokenTable:
    """Splits texts into the word pieces of the installed sentence encoder.

    Scripts that it spells badly or not at all add their signs and pairs of neighboring signs, hashed.
    """

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.pieces) + HASHED

    @cached_property
    def digest(self) -> str:
        """Digest of the tokenizer and the number of hashed rows: a table fits no other tokens."""
        return f"{sha256_of(self._file)[:16]}-{HASHED}"

    @cached_property
    def pieces(self) -> list[str]:
        """What stands for each of the first rows; a continuation of a word without its mark."""
        names: dict[str, int] = self._tokenizer.get_vocab()
        return [piece.removeprefix("##") for piece in sorted(names, key=lambda piece: names[piece])]

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the rows of each text, in order; none for a text that says nothing."""
        spelled = [spell_pictograms(text) for text in texts]
        encodings = self._tokenizer.encode_batch(spelled, add_special_tokens=False)
        return [
            [row for row in pieces.ids if row != self._unknown] + self._hashed(text)
            for pieces, text in zip(encodings, spelled, strict=True)
        ]

    def _hashed(self, text: str) -> list[int]:
        signs = [sign for run in _NOT_LATIN.findall(text) for sign in (*run, *map("".join, pairwise(run)))]
        return [len(self.pieces) + zlib.crc32(sign.encode()) % HASHED for sign in signs[:_MAX_TOKENS]]

    @cached_property
    def _file(self) -> Path:
        return installed() / "tokenizer.json"

    @cached_property
    def _unknown(self) -> int:
        return self._tokenizer.get_vocab()[_UNKNOWN]

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_MAX_TOKENS)
        return tokenizer
