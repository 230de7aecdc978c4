from __future__ import annotations

import pytest

from airloom.assistant.graph.words import stems_of, words_of


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Mugs, Boxes & Cherries", ("mug", "box", "cherry")),
        ("glass, bus, tennis", ("glass", "bus", "tennis")),
        ("CRÈME brûlée", ("creme", "brulee")),
        ("Anna\N{RIGHT SINGLE QUOTATION MARK}s don\N{RIGHT SINGLE QUOTATION MARK}t", ("anna", "don't")),
        ("X2猫窝S", ("x2", "猫", "窝", "s")),
        ("  ,;_ ", ()),
    ],
)
def test_words_are_compared_without_case_accents_and_plural(text: str, stems: tuple[str, ...]) -> None:
    assert stems_of(text) == stems


def test_a_word_knows_where_it_stands() -> None:
    text = "a Café-bar"
    assert [text[word.start : word.end] for word in words_of(text)] == ["a", "Café", "bar"]
