from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airloom.bench.event_files import EventFiles
from airloom.errors import AirloomError

DAY = 86_400
ITEMS = "asin\tdomain\ttitle\nF1\tfood\ttea\nF2\tfood\tcoffee\nF3\tfood\tmilk\nM1\tmovie\ta film\n"
EVENTS = [
    ("a", 1, "movie", "M1"),
    ("a", 2, "food", "F1"),
    ("a", 3, "food", "F2"),
    ("a", 4, "food", "F3"),
    ("a", 5, "movie", "M1"),
    ("b", 1, "movie", "M1"),
    ("b", 2, "movie", "M1"),
    ("b", 9, "food", "F1"),
    ("c", 1, "movie", "M1"),
    ("c", 2, "movie", "M1"),
    ("d", 1, "food", "F1"),
    ("d", 2, "food", "F2"),
]


def write(folder: Path, events: list[tuple[str, int, str, str]], items: str = ITEMS) -> EventFiles:
    lines = ["user_id,unix_ts,domain,asin", *(f"{u},{day * DAY},{d},{i}" for u, day, d, i in events)]
    (folder / "events.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "items.tsv").write_text(items, encoding="utf-8")
    return EventFiles("d", folder)


def named(dataset: EventFiles, rows: np.ndarray) -> list[str]:
    return [dataset.items.ids[row] for row in rows.tolist()]


def test_the_last_purchases_are_foretold_and_training_ends_before_them(tmp_path: Path) -> None:
    dataset = write(tmp_path, EVENTS)
    test, valid = dataset.test().examples, dataset.valid().examples
    assert [(e.user_id, dataset.items.ids[e.target]) for e in test] == [("0", "food:F3"), ("1", "food:F1")]
    assert [(e.user_id, dataset.items.ids[e.target]) for e in valid] == [("0", "food:F2")]
    assert named(dataset, test[0].history.objects) == ["movie:M1", "food:F1", "food:F2"]
    training = dataset.training
    assert named(dataset, training.objects[training.users == 0]) == ["movie:M1", "food:F1"]
    assert (training.users == 1).sum() == 2
    assert (training.users == 2).sum() == 2, "who buys nothing is wholly training"
    assert (training.users == 3).sum() == 2, "two events are too few for a target"


def test_nothing_of_a_history_is_as_late_as_its_target(tmp_path: Path) -> None:
    dataset = write(tmp_path, EVENTS)
    for example in [*dataset.test().examples, *dataset.valid().examples]:
        assert (example.history.timestamps < example.now).all()


def test_another_test_target_changes_nothing_but_the_test_split(tmp_path: Path) -> None:
    first = write(tmp_path, EVENTS)
    before = (first.training, first.valid().examples)
    changed = [("a", 4, "food", "F1") if event == ("a", 4, "food", "F3") else event for event in EVENTS]
    second = write(tmp_path, changed)
    for one, other in zip(before[0], second.training, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [e.target for e in before[1]] == [e.target for e in second.valid().examples]
    assert first.test().examples[0].target != second.test().examples[0].target


def test_the_order_within_a_day_does_not_follow_the_domain(tmp_path: Path) -> None:
    """The files list a day by domain; a model must not learn that films come after food."""
    events = [
        (f"u{n}", 1, domain, item) for n in range(200) for domain, item in (("food", "F1"), ("movie", "M1"))
    ]
    training = write(tmp_path, events).training
    first = training.objects[training.starts[:-1]]
    assert 60 < np.count_nonzero(first == first[0]) < 140


def test_real_times_are_kept(tmp_path: Path) -> None:
    (tmp_path / "items.tsv").write_text(ITEMS, encoding="utf-8")
    lines = ["user_id,unix_ts,domain,asin", "a,200,food,F1", "a,100,movie,M1", "b,86400,movie,M1"]
    (tmp_path / "events.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert EventFiles("d", tmp_path).training.timestamps.tolist() == [100, 200, 86400]


def test_kind_says_what_is_content_where_it_is_given(tmp_path: Path) -> None:
    items = "item_id\tdomain\ttitle\tkind\nV\tclip\tcats\tcontent\nP\tbook\ta novel\tcommerce\n"
    (tmp_path / "events.csv").write_text("user_id,unix_ts,domain,item_id\na,1,clip,V\n", encoding="utf-8")
    (tmp_path / "items.tsv").write_text(items, encoding="utf-8")
    catalogue = EventFiles("d", tmp_path).items
    assert dict(zip(catalogue.ids, catalogue.is_product.tolist(), strict=True)) == {
        "book:P": True,
        "clip:V": False,
    }


@pytest.mark.parametrize(
    ("events", "items", "message"),
    [
        ([("a", 1, "food", "F9")], ITEMS, "1 events about items that items.tsv lacks"),
        (EVENTS, "asin\ttitle\nF1\ttea\n", "has no column domain"),
        (EVENTS, ITEMS + "F1\tfood\ttea\n", "names 1 items twice"),
        ([("a", 1, "movie", "M1")], ITEMS, "has no user with 3 events"),
        ([("a", 1, "food", "")], ITEMS, "has 1 rows without asin"),
        (EVENTS, ITEMS + "\tfood\ttea\n", "has 1 rows without asin"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, events: list[tuple[str, int, str, str]], items: str, message: str
) -> None:
    dataset = write(tmp_path, events, items)
    with pytest.raises(AirloomError, match=message):
        _ = dataset.training, dataset.test()
