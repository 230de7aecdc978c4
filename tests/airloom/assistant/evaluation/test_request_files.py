from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from airloom.assistant.evaluation.request_files import read_requests
from airloom.errors import AirloomError
from tests.airloom.assistant.evaluation.small_requests import write_requests


def test_requests_of_one_split_are_read_with_what_answers_them(tmp_path: Path) -> None:
    requests = read_requests(write_requests(tmp_path / "films"), split="test")
    ids = requests.snapshot.objects.ids
    assert [case.query_id for case in requests.cases] == ["a", "b", "c", "d"]
    assert [[ids[row] for row in case.satisfying] for case in requests.cases] == [
        ["1", "2"],
        ["1", "3"],  # and what has all conditions by other requests
        ["4"],
        [],
    ]
    assert [case.kind for case in requests.cases] == ["explicit", "explicit", "implicit", "misinformed"]


def test_the_catalogue_knows_only_what_training_requests_and_the_catalogue_tell(tmp_path: Path) -> None:
    snapshot = read_requests(write_requests(tmp_path / "films"), split="test").snapshot
    graph, ids = snapshot.attributes, snapshot.objects.ids
    products_of = {
        (graph.relations[value], graph.values[value]): [ids[row] for row in graph.products(value)]
        for value in range(len(graph.values))
    }
    assert products_of == {
        ("directed_by", "otto lindqvist"): ["10", "4"],
        ("genre", "drama"): ["1", "3", "4"],
        ("genre", "thriller"): ["2"],
        ("starring", "mira vance"): ["1", "2"],
    }
    assert snapshot.objects.titles[ids.index("10")] == "The Quiet River"
    assert snapshot.objects.popularity.tolist() == [0, 0, 7, 0, 3]


def test_what_a_request_states_is_known_only_if_the_graph_has_all_of_it(tmp_path: Path) -> None:
    requests = read_requests(write_requests(tmp_path / "films"), split="test")
    values = requests.snapshot.attributes.values
    stated = [
        None if case.stated is None else [values[value] for named in case.stated for value in named]
        for case in requests.cases
    ]
    assert stated == [["mira vance"], ["mira vance", "drama"], None, None]


def test_lists_to_choose_from_have_the_names_of_their_columns(tmp_path: Path) -> None:
    requests = read_requests(write_requests(tmp_path / "films"), split="test")
    ids = requests.snapshot.objects.ids
    assert requests.choice_names == ("random", "hard")
    hard = requests.cases[1].choices["hard"]
    assert (ids[hard.positive], [ids[row] for row in hard.rows]) == ("1", ["1", "3", "10"])


def test_lists_conditions_and_mentions_may_be_left_out(tmp_path: Path) -> None:
    folder = write_requests(tmp_path / "films")
    for name in ("candidates.jsonl.gz", "conditions.tsv", "item_mentions.tsv"):
        (folder / name).unlink()
    requests = read_requests(folder, split="test")
    assert requests.choice_names == ()
    assert all(case.stated is None for case in requests.cases)
    assert not requests.snapshot.objects.popularity.any()


def _without_items(folder: Path) -> None:
    (folder / "items.tsv").unlink()


def _without_column(folder: Path) -> None:
    (folder / "relations.tsv").write_text("item_id\tvalue\n1\tDrama\n", encoding="utf-8")


def _of_unknown_item(folder: Path) -> None:
    (folder / "relations.tsv").write_text("item_id\trelation\tvalue\n99\tGenre\tDrama\n", encoding="utf-8")


def _with_short_line(folder: Path) -> None:
    (folder / "items.tsv").write_text("item_id\ttitle\n1\tHarbor Lights\n2\n", encoding="utf-8")


def _with_broken_request(folder: Path) -> None:
    (folder / "queries.jsonl").write_text('{"query_id": "a"\n', encoding="utf-8")


def _with_request_without_kind(folder: Path) -> None:
    (folder / "queries.jsonl").write_text('{"query_id": "a"}\n', encoding="utf-8")


def _answered_by_unknown_item(folder: Path) -> None:
    line = '{"query_id": "a", "kind": "explicit", "query": "x", "split": "test", "satisfying": [99]}\n'
    (folder / "queries.jsonl").write_text(line, encoding="utf-8")


@pytest.mark.parametrize(
    ("break_folder", "sentence"),
    [
        (_without_items, "has no items.tsv"),
        (_without_column, "relations.tsv has no column relation"),
        (_of_unknown_item, "tells of 99, which items.tsv does not have"),
        (_with_short_line, "line 3 has not as many columns"),
        (_with_broken_request, "line 1 is not JSON"),
        (_with_request_without_kind, "line 1 lacks one of"),
        (_answered_by_unknown_item, "1 items of a are not in items.tsv: 99"),
    ],
)
def test_a_mistake_in_a_file_is_named(
    tmp_path: Path, break_folder: Callable[[Path], None], sentence: str
) -> None:
    folder = write_requests(tmp_path / "films")
    break_folder(folder)
    with pytest.raises(AirloomError, match=sentence):
        read_requests(folder, split="test")


def test_a_split_without_requests_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="no request of the split 'train'"):
        read_requests(write_requests(tmp_path / "films"), split="train")
