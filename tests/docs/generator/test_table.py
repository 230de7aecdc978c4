from __future__ import annotations

from docs.generator.table import code, table


def test_a_cell_is_one_line_and_does_not_end_early() -> None:
    assert table(["a", "b"], [["x | y", "one\n  two"]]) == "| a | b |\n| --- | --- |\n| x \\| y | one two |\n"


def test_nothing_is_not_code() -> None:
    assert (code("x"), code("")) == ("`x`", "")
