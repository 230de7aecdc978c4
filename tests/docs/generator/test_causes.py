from __future__ import annotations

from airloom.causes import Cause
from docs.generator.causes import causes_reference


def test_every_cause_has_a_line_that_says_what_it_means() -> None:
    lines = causes_reference().splitlines()[2:]
    assert lines == [f"| `{cause.value}` | {cause.meaning} |" for cause in Cause]
    assert all(cause.meaning for cause in Cause)
