from __future__ import annotations

from datetime import timedelta

import pytest

from airloom.intents.reasoners import title_sample as sampling
from airloom.intents.reasoners.title_sample import title_sample
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, NEXT_DAY, put_objects, video


def test_it_holds_different_readable_titles_of_content_up_to_the_day(lake: Lake) -> None:
    put_objects(lake, NEXT_DAY, [video("c1", "my cat sleeps in a bed"), video("c8", "a title of tomorrow")])

    today, tomorrow = title_sample(lake, day=DAY), title_sample(lake, day=NEXT_DAY)

    assert len(today) == 4  # five videos, one without a title
    assert sorted(tomorrow) == sorted([*today, "a title of tomorrow"])
    assert title_sample(lake, day=DAY - timedelta(days=1)) == []


def test_it_is_bounded_and_hardly_changes_from_day_to_day(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SAMPLE", 50)
    put_objects(lake, DAY, [video(f"d{number}", f"clip {number}") for number in range(1000)])
    before = title_sample(lake, day=DAY)
    put_objects(lake, NEXT_DAY, [video(f"e{number}", f"new clip {number}") for number in range(20)])

    after = title_sample(lake, day=NEXT_DAY)

    assert len(before) == len(after) == 50
    assert len(set(before) & set(after)) >= 45
