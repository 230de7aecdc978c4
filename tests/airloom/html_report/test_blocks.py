from __future__ import annotations

import pytest

from airloom.html_report.blocks import table


def test_tables_write_numbers_for_people_and_align_them() -> None:
    html = table(["name", "sold", "price"], [["bed", 1234567, 3.14159], ["bowl", None, float("nan")]])
    assert "1,234,567" in html
    assert "3.142" in html
    assert html.count('class="number"') == 6
    assert "<td>bed</td>" in html


def test_a_table_without_rows_has_its_head() -> None:
    assert table(["name"], []).count("<th") == 1 + len(["<thead>"])


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["a", "b"], [["only one"]])
