from __future__ import annotations

from airloom.logs.degradation import Degradation
from docs.generator.degradation import degradation_reference

LINES = degradation_reference().splitlines()


def test_every_code_has_a_line() -> None:
    assert len(LINES) == 2 + len(Degradation)


def test_a_line_says_whether_the_ranker_ordered_the_page() -> None:
    (line,) = (line for line in LINES if line.startswith("| `unknown_user`"))

    assert line.startswith("| `unknown_user` | pages and exposures | no | The user has no known event")


def test_a_code_that_counts_shows_its_number() -> None:
    assert any(line.startswith("| `unknown_candidates:N` | pages and exposures | yes |") for line in LINES)


def test_a_code_of_events_is_not_one_of_pages() -> None:
    assert any(line.startswith("| `event_log` | answers about events and erasures |  |") for line in LINES)
