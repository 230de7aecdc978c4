from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from airloom.bench.sequence_files import LAST, SequenceFiles
from airloom.errors import AirloomError
from airloom.logs.contract import ORDER
from airloom.ranking.history import ACTION_CODE
from airloom.timestamps import SECONDS_PER_DAY

TITLES = "item_id\tasin\tdomain\ttitle\n0\tZZ\tfood\ttea\n1\tAA\tkitchen\tpan\n2\tMM\tfood\tcoffee\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "item_titles.tsv").write_text(TITLES, encoding="utf-8")
    (tmp_path / "train_A.txt").write_text("1\t0,2\n", encoding="utf-8")
    (tmp_path / "train_overlap.txt.gz").write_bytes(gzip.compress(b"1\t1,0,2\n"))
    (tmp_path / "valid.txt").write_text("1\t0,1\n", encoding="utf-8")
    (tmp_path / "test.txt").write_text("1\t0,1,2\n2\t2,1\n", encoding="utf-8")
    return tmp_path


def test_objects_are_named_by_domain_and_item_and_sorted(data: Path) -> None:
    items = SequenceFiles("d", data).items
    assert items.ids == ["food:MM", "food:ZZ", "kitchen:AA"]
    assert items.titles == ["coffee", "tea", "pan"]
    assert items.domains == ["food", "food", "kitchen"]
    assert items.is_product.all()


def test_all_train_files_together_are_training_and_an_event_is_a_day(data: Path) -> None:
    training = SequenceFiles("d", data).training
    assert training.users.tolist() == [0, 0, 1, 1, 1]
    assert training.objects.tolist() == [1, 0, 2, 1, 0]
    assert ((LAST - training.timestamps) // SECONDS_PER_DAY).tolist() == [1, 0, 2, 1, 0]
    assert set(training.actions.tolist()) == {ACTION_CODE[ORDER]}


def test_the_last_item_of_a_case_is_its_target_a_day_after_its_history(data: Path) -> None:
    first, second = SequenceFiles("d", data).test().examples
    assert (first.history.objects.tolist(), first.target) == ([1, 2], 0)
    assert (second.history.objects.tolist(), second.target) == ([0], 2)
    assert first.now - first.history.timestamps[-1] == SECONDS_PER_DAY
    assert first.history.before(first.now).objects.tolist() == [1, 2]


def test_the_test_file_is_read_last(data: Path) -> None:
    dataset = SequenceFiles("d", data)
    text = (data / "test.txt").read_text()
    (data / "test.txt").unlink()
    assert len(dataset.training.users) == 5
    assert len(dataset.valid().examples) == 1
    with pytest.raises(AirloomError, match=r"has no test\.txt"):
        dataset.test()
    (data / "test.txt").write_text(text)
    assert len(dataset.test().examples) == 2


def test_recovered_times_say_who_is_known(data: Path) -> None:
    assert SequenceFiles("d", data).test().returning is None
    lines = [
        '{"split": "test", "row": 1, "user_id": "a"}',
        '{"split": "test", "row": 2, "user_id": "b"}',
        '{"split": "train_overlap", "row": 1, "user_id": "b"}',
        '{"split": "valid", "row": 1, "user_id": "a"}',
    ]
    (data / "recovered_timestamps.jsonl").write_text("\n".join(lines), encoding="utf-8")
    returning = SequenceFiles("d", data).test().returning
    assert returning is not None
    np.testing.assert_array_equal(returning, [False, True])
    (data / "recovered_timestamps.jsonl").write_text("\n".join(lines[1:]), encoding="utf-8")
    unsure = SequenceFiles("d", data).test().returning
    np.testing.assert_array_equal(unsure, [True, True])  # nobody knows who the first one is: not called new


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("train_A.txt", "1\t0,9\n", r"Line 1 of .*train_A.txt cannot be read: '9'"),
        ("test.txt", "1\t0,1\n2\t1\n", r"Line 2 of .*test.txt has 1 item"),
        ("test.txt", "", r"test.txt is empty"),
        ("valid.txt", "no tabulator\n", r"Line 1 of .*valid.txt cannot be read"),
        ("item_titles.tsv", "item_id\ttitle\n0\ttea\n", "has no column domain"),
        ("item_titles.tsv", TITLES + "3\tAA\tkitchen\tpan\n", "names 1 items twice"),
        ("item_titles.tsv", TITLES + "2\tBB\tkitchen\tpan\n", "names 1 items twice"),
        ("item_titles.tsv", TITLES + "3\tBB\n", "Line 5 of .*item_titles.tsv has 2 columns, line 1 has 4"),
        ("item_titles.tsv", "", "has no column domain, item_id, title"),
        ("recovered_timestamps.jsonl", '{"split": "test"}\n', "Line 1 of .* is not a row"),
        ("recovered_timestamps.jsonl", "[]\n", "Line 1 of .* is not a row"),
    ],
)
def test_what_cannot_be_read_is_named(data: Path, file: str, text: str, message: str) -> None:
    (data / file).write_text(text, encoding="utf-8")
    dataset = SequenceFiles("d", data)
    with pytest.raises(AirloomError, match=message):
        _ = dataset.training, dataset.valid(), dataset.test()


def test_a_file_that_is_there_packed_and_plain_is_read_once(data: Path) -> None:
    (data / "train_A.txt.gz").write_bytes(gzip.compress((data / "train_A.txt").read_bytes()))
    assert len(SequenceFiles("d", data).training.users) == 5


def test_lines_may_end_as_on_windows(data: Path) -> None:
    for file in ("item_titles.tsv", "train_A.txt", "test.txt"):
        text = (data / file).read_text(encoding="utf-8")
        (data / file).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    dataset = SequenceFiles("d", data)
    assert dataset.items.titles == ["coffee", "tea", "pan"]
    assert len(dataset.training.users) == 5
    assert len(dataset.test().examples) == 2
