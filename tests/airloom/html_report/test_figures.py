from __future__ import annotations

import re
from collections.abc import Callable

from airloom.html_report.figures import SERIES

Drawing = Callable[[list[float]], str]


def test_equal_figures_give_equal_bytes_and_follow_the_colors_of_the_report(drawing: Drawing) -> None:
    html = drawing([1, 2, 3])
    assert html == drawing([1, 2, 3])
    assert html != drawing([1, 2, 4])
    assert "var(--series-1)" in html
    assert SERIES[0] not in html
    assert 'aria-label="Sales by day"' in html
    assert "<metadata" not in html
    assert "猫 air" in html


def test_two_figures_of_a_report_share_no_identifier_with_different_meaning(drawing: Drawing) -> None:
    ids = re.findall(r' id="([^"]+)"', drawing([1, 2, 3]))
    assert len(ids) == len(set(ids))
    assert not [i for i in ids if re.fullmatch(r"(figure|axes|patch|line2d|text)_\d+", i)]
