from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.knowledge.aliases import Alias, idle_aliases, read_aliases
from airloom.logs.lake import Lake

HEADER = b"alias\tvalue\n"


def lake_with(folder: Path, text: bytes) -> Lake:
    lake = Lake(folder)
    file = lake.path("knowledge", "aliases.tsv")
    file.parent.mkdir(parents=True)
    file.write_bytes(text)
    return lake


def test_words_are_normalized_as_values_are(tmp_path: Path) -> None:
    text = "alias\tvalue\n# furniture\n\nSofa \tCouches\n沙发\tcouches\nsofa\tsofa beds\n"
    assert read_aliases(lake_with(tmp_path, text.encode())) == [
        Alias("sofa", "couches", 4),
        Alias("沙发", "couches", 5),
        Alias("sofa", "sofa beds", 6),
    ]


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert read_aliases(Lake(tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "message", "do"),
    [
        (b"sofa\tcouch\n", "line 1: the header is missing", r"'alias\\tvalue'"),
        (HEADER + b"sofa = couch\n", "line 2: 1 columns instead of 2", "alias, value, with one tab"),
        (HEADER + b"sofa\tcouch\tbed\n", "line 2: 3 columns instead of 2", "alias, value, with one tab"),
        (HEADER + b"\n\tcouch\n", "line 3: the alias has no word", "the word that people say"),
        (HEADER + b"!!\tcouch\n", "line 2: the alias has no word", "the word that people say"),
        (HEADER + b"sofa\t \n", "line 2: the value is empty", "as the catalogue has it"),
        (HEADER + b"sof\xe1\tcouch\n", "line 2: no UTF-8", "Save the file as UTF-8"),
    ],
)
def test_a_line_that_cannot_be_followed_is_named(tmp_path: Path, text: bytes, message: str, do: str) -> None:
    with pytest.raises(AirloomError, match=rf"aliases\.tsv, {message}(.|\n)*{do}"):
        read_aliases(lake_with(tmp_path, text))


def test_lines_of_values_that_no_product_has_are_idle() -> None:
    sofa, lamp = Alias("sofa", "couches", 2), Alias("lamp", "lanterns", 3)
    assert idle_aliases([sofa, lamp], ["couches"]) == [lamp]
