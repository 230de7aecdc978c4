from __future__ import annotations

from airloom.text_table import aligned


def test_columns_are_as_wide_as_their_widest_cell_and_lines_end_with_their_text() -> None:
    assert aligned([["a", "bbb"], ["cc", ""], ["d", "e"]]) == "a    cc  d\nbbb      e"
