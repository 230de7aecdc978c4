from __future__ import annotations

import struct
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from benchmarks import languages_read
from benchmarks.languages_read import translations


def write_catalogue(file: Path, messages: dict[str, str]) -> None:
    """Write a .mo file, as msgfmt does."""
    file.parent.mkdir(parents=True)
    pairs = [
        (key.encode(), value.encode())
        for key, value in sorted({"": "Content-Type: charset=UTF-8\n", **messages}.items())
    ]
    offset = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    texts = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(texts)))
            texts += pair[column] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    file.write_bytes(header + b"".join(tables) + texts)


def test_messages_that_many_languages_have_are_taken_without_placeholders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(languages_read, "MIN_LANGUAGES", 2)
    monkeypatch.setattr(languages_read, "MIN_MESSAGES", 1)
    spanish = {
        "Add another %(name)s here": "Añadir otro %(name)s aquí",
        "Yes": "Sí",
        "Only in Spanish, this": "x y",
    }
    german = {"Add another %(name)s here": "Noch ein %(name)s hinzufügen", "Not translated": "Not translated"}
    for language, messages in (("es", spanish), ("de", german)):
        write_catalogue(tmp_path / "locale" / language / "LC_MESSAGES" / "django.mo", messages)

    assert translations(tmp_path) == {
        "Add another here": {"de": "Noch ein hinzufügen", "es": "Añadir otro aquí"}
    }


def test_a_folder_without_messages_is_said_to_have_too_few(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="has 0 messages in 60 languages"):
        translations(tmp_path)
