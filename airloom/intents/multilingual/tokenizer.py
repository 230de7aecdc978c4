"""The word pieces of the multilingual encoder: a SentencePiece model, run by the tokenizers library."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MAX_TOKENS: Final = 256
"""The rest of a longer text is not read."""

UNKNOWN: Final = 0
BEGIN: Final = 1
END: Final = 2
"""Ids of pieces that stand for no text."""

_PIECES, _NORMALIZER = 1, 3
"""Fields of a ModelProto (sentencepiece_model.proto)."""
_TEXT, _SCORE, _TYPE = 1, 2, 3
"""Fields of one of its pieces."""
_CHARACTER_MAP: Final = 2
"""Field of its normalizer: a trie of what replaces which characters (NFKC)."""
_NORMAL: Final = 1
"""Type of a piece that a text may hold; also where none is said."""


class MultilingualTokenizer:
    """Splits texts into the pieces that are likeliest by their unigram scores, as SentencePiece does.

    Args:
        file: The SentencePiece model; its hash was verified.
    """

    def __init__(self, file: Path) -> None:
        self._tokenizer = _unigram_tokenizer(file.read_bytes())

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of the pieces of each text, between `BEGIN` and `END`."""
        return [[BEGIN, *encoding.ids, END] for encoding in self.pieces(texts)]

    def pieces(self, texts: Sequence[str]) -> list[Encoding]:
        """Return the pieces of each text: `ids`, `tokens`, and `offsets` in the text."""
        return self._tokenizer.encode_batch(list(texts))


def _unigram_tokenizer(model: bytes) -> Tokenizer:
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import Unigram

    fields = _fields(model)
    pieces = [_piece(number, _fields(piece)) for number, piece in enumerate(fields[_PIECES])]
    (character_map,) = _fields(fields[_NORMALIZER][0])[_CHARACTER_MAP]
    tokenizer = Tokenizer(Unigram(pieces, unk_id=UNKNOWN, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(character_map),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _piece(number: int, fields: dict[int, list[bytes]]) -> tuple[str, float]:
    """Return a piece and its score; one that stands for no text gets a spelling that no text can have."""
    kind = int.from_bytes(fields[_TYPE][0], "little") if _TYPE in fields else _NORMAL
    text = fields[_TEXT][0].decode() if kind == _NORMAL else f"\0{number}"
    (score,) = struct.unpack("<f", fields[_SCORE][0]) if _SCORE in fields else (0.0,)
    return text, score


def _fields(message: bytes) -> dict[int, list[bytes]]:
    """Return the values of a protocol buffer by field number, undecoded; integers as little-endian bytes."""
    fields: defaultdict[int, list[bytes]] = defaultdict(list)
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        match tag & 7:
            case 0:
                number, position = _varint(message, position)
                value = number.to_bytes(8, "little")
            case 2:
                length, position = _varint(message, position)
                value = message[position : position + length]
                position += length
            case 5:
                value = message[position : position + 4]
                position += 4
            case wire_type:
                raise ValueError(f"wire type {wire_type}")
        fields[tag >> 3].append(value)
    return fields


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """Return the integer at `position` and where it ends."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
