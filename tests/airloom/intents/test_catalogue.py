from __future__ import annotations

from tests.airloom.intents.shop import DAY, NEXT_DAY, put_objects, video

from airloom.intents.catalogue import objects_as_of
from airloom.logs.lake import Lake


def test_the_latest_row_of_an_object_up_to_the_day_counts(lake: Lake) -> None:
    put_objects(lake, NEXT_DAY, [video("c1", "renamed"), video("a0", "new")])

    first, second = objects_as_of(lake, day=DAY), objects_as_of(lake, day=NEXT_DAY)

    assert first.num_rows == 10
    assert second["object_id"].to_pylist() == ["a0", *first["object_id"].to_pylist()]
    assert second["title"].to_pylist()[1] == "renamed"
    assert first["title"].to_pylist()[0] == "my cat sleeps in a bed"
