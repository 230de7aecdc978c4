from __future__ import annotations

import re

import pytest

from airloom.page import (
    SERIES,
    Card,
    Link,
    Section,
    callout,
    cards,
    code,
    figure,
    frame,
    link,
    links,
    number,
    page,
    plot_style,
    prose,
    table,
)

HOSTILE = "<script>alert('x')</script> & \"more\""


def drawing(values: list[float]) -> str:
    import matplotlib.pyplot as plt

    with plot_style():
        fig, ax = plt.subplots()
        ax.plot(values, color=SERIES[0], marker="o", label="猫 air")
        ax.legend()
    html = figure(fig, alt="Sales by day", caption="Seven days")
    plt.close(fig)
    return html


def test_a_page_holds_its_title_summary_and_sections() -> None:
    html = page(title="Drift", summary="Nothing moved.", sections=[Section("Events", prose("Ten rows."))])
    assert "<h1>Drift</h1>" in html
    assert "Nothing moved." in html
    assert "<p>Ten rows.</p>" in html


def test_what_users_wrote_never_becomes_markup() -> None:
    body = "".join(
        [
            prose(HOSTILE),
            callout(HOSTILE),
            code(HOSTILE),
            cards([Card(HOSTILE, HOSTILE, HOSTILE)]),
            links([Link(HOSTILE, HOSTILE, HOSTILE)]),
            table([HOSTILE], [[HOSTILE], [link(HOSTILE, HOSTILE)]], caption=HOSTILE),
            frame(HOSTILE, title=HOSTILE),
        ]
    )
    html = page(title=HOSTILE, summary=HOSTILE, sections=[Section(HOSTILE, body)])
    assert "<script" not in html


def test_a_page_refers_to_nothing_outside_itself() -> None:
    html = page(title="A", summary="B", sections=[Section("C", drawing([1, 2, 3]))])
    references = re.findall(r'(?:src|href|data)="([^"]*)"', html)
    assert references
    assert [r for r in references if not r.startswith("#")] == []
    assert not re.search(r"@import|url\((?!#)", html)
    assert "default-src 'unsafe-inline' 'unsafe-eval' data: blob:" in html


def test_equal_figures_give_equal_bytes_and_follow_the_page_colours() -> None:
    html = drawing([1, 2, 3])
    assert html == drawing([1, 2, 3])
    assert html != drawing([1, 2, 4])
    assert "var(--series-1)" in html
    assert SERIES[0] not in html
    assert 'aria-label="Sales by day"' in html
    assert "<metadata" not in html
    assert "猫 air" in html


def test_two_figures_on_a_page_share_no_identifier_with_different_meaning() -> None:
    ids = re.findall(r' id="([^"]+)"', drawing([1, 2, 3]))
    assert len(ids) == len(set(ids))
    assert not [i for i in ids if re.fullmatch(r"(figure|axes|patch|line2d|text)_\d+", i)]


def test_tables_write_numbers_for_people_and_align_them() -> None:
    html = table(["name", "sold", "price"], [["bed", 1234567, 3.14159], ["bowl", None, float("nan")]])
    assert "1,234,567" in html
    assert "3.142" in html
    assert html.count('class="number"') == 6
    assert "<td>bed</td>" in html


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["a", "b"], [["only one"]])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.012345, "0.01235"), (-12.5, "-12.5"), (98765.4, "98,765"), (float("nan"), "–")],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text
