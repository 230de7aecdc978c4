from __future__ import annotations

import re
from collections.abc import Callable

from airloom.html_report.blocks import (
    Card,
    Link,
    Term,
    callout,
    cards,
    code,
    details,
    frame,
    link,
    links,
    prose,
    table,
    term,
    terms,
)
from airloom.html_report.report import Section, render_report

HOSTILE = "<script>alert('x')</script> & \"more\""


def test_a_report_holds_its_title_summary_and_sections() -> None:
    sections = [Section("Events", prose("Ten rows."))]
    html = render_report(title="Drift", summary="Nothing moved.", sections=sections)
    assert "<h1>Drift</h1>" in html
    assert "Nothing moved." in html
    assert "<p>Ten rows.</p>" in html


def test_what_users_wrote_never_becomes_markup() -> None:
    body = "".join(
        [
            prose(HOSTILE),
            callout(HOSTILE, tone=HOSTILE),
            code(HOSTILE),
            cards([Card(HOSTILE, HOSTILE, HOSTILE)]),
            links([Link(HOSTILE, HOSTILE, HOSTILE)]),
            table([HOSTILE], [[HOSTILE], [link(HOSTILE, HOSTILE)]], caption=HOSTILE),
            frame(HOSTILE, title=HOSTILE),
            details(HOSTILE, prose(HOSTILE)),
            terms([Term(HOSTILE, HOSTILE)]),
            term(Term(HOSTILE, HOSTILE)),
        ]
    )
    html = render_report(title=HOSTILE, summary=HOSTILE, sections=[Section(HOSTILE, body)])
    assert "<script" not in html
    assert 'class="callout <' not in html


def test_a_report_refers_to_nothing_outside_itself(drawing: Callable[[list[float]], str]) -> None:
    html = render_report(title="A", summary="B", sections=[Section("C", drawing([1, 2, 3]))])
    references = re.findall(r'(?:src|href|data)="([^"]*)"', html)
    assert references
    assert [r for r in references if not r.startswith("#")] == ["data:,"]  # no icon is asked for
    assert not re.search(r"@import|url\((?!#)", html)
    assert "default-src 'unsafe-inline' 'unsafe-eval' data: blob:" in html
