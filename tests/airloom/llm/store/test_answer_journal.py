from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.llm.keys import Shard
from airloom.llm.store.answer_journal import SET_ASIDE, AnswerJournal

WHOLE = Shard()


class Kept(list[Mapping[str, Any]]):
    """Rows that were stored for good."""

    def journal(self, folder: Path, shard: Shard = WHOLE) -> AnswerJournal:
        def store(rows: Sequence[Mapping[str, Any]]) -> None:
            self.extend(rows)

        return AnswerJournal(folder, shard=shard, store=store)


def test_what_is_written_is_stored_at_the_end(tmp_path: Path) -> None:
    kept = Kept()

    with kept.journal(tmp_path) as journal:
        journal.write([{"n": 1}, {"n": 2}])
        assert kept == []
        journal.flush()
        journal.write([{"n": 3, "text": "line\nbreak 猫"}])

    assert kept == [{"n": 1}, {"n": 2}, {"n": 3, "text": "line\nbreak 猫"}]
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b""]


@pytest.mark.parametrize("shard", [Shard(), Shard(1, 2)], ids=["same shard", "another number of shards"])
def test_the_next_worker_stores_first_what_a_killed_one_was_told(tmp_path: Path, shard: Shard) -> None:
    cut_short = json.dumps({"n": 1}) + "\n" + json.dumps({"n": 2}) + '\n{"n": 3, "te'
    (tmp_path / "shard-0-of-1.jsonl").write_text(cut_short)
    kept = Kept()

    with kept.journal(tmp_path, shard) as journal:
        assert kept == [{"n": 1}, {"n": 2}]
        journal.write([{"n": 4}])

    assert kept == [{"n": 1}, {"n": 2}, {"n": 4}]


def test_a_store_that_fails_leaves_the_rows_in_the_journal(tmp_path: Path) -> None:
    def full(rows: Sequence[Mapping[str, Any]]) -> None:
        raise OSError("disk full")

    with (
        pytest.raises(OSError, match="disk full"),
        AnswerJournal(tmp_path, shard=Shard(), store=full) as journal,
    ):
        journal.write([{"n": 1}])

    kept = Kept()
    with kept.journal(tmp_path):
        pass
    assert kept == [{"n": 1}]


@pytest.mark.parametrize("bad", ['{"n": 1e999999}', "no JSON", "[]", '{"m": 1}', '{"n": ' + "9" * 400 + "}"])
def test_a_line_that_cannot_be_stored_is_put_aside_and_stops_nothing(
    tmp_path: Path, bad: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shard-0-of-1.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(9)) + f"{bad}\n")
    kept = Kept()

    def as_int64(rows: Sequence[Mapping[str, Any]]) -> None:
        pa.array([int(row["n"]) for row in rows], pa.int64())
        kept.extend(rows)

    with AnswerJournal(tmp_path, shard=WHOLE, store=as_int64):
        pass

    assert sorted(row["n"] for row in kept) == list(range(9))
    assert (tmp_path / SET_ASIDE).read_text() == f"{bad}\n"
    assert "1 answers cannot be stored and were put aside" in capfd.readouterr().err
    with AnswerJournal(tmp_path, shard=WHOLE, store=as_int64):
        pass
    assert len(kept) == 9


@pytest.mark.parametrize("other", [Shard(), Shard(0, 2), Shard(1, 2), Shard(2, 3)])
def test_two_workers_never_have_an_atom_in_common(tmp_path: Path, other: Shard) -> None:
    with (
        Kept().journal(tmp_path),
        pytest.raises(AirloomError, match="Another process is asking for shard 0 of 1"),
        Kept().journal(tmp_path, other),
    ):
        pass


def test_shards_of_one_division_work_side_by_side(tmp_path: Path) -> None:
    kept = Kept()

    with kept.journal(tmp_path, Shard(0, 2)) as one, kept.journal(tmp_path, Shard(1, 2)) as other:
        one.write([{"n": 0}])
        other.write([{"n": 1}])

    assert sorted(row["n"] for row in kept) == [0, 1]


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_shards_overlap_exactly_when_a_number_is_in_both(of: int, other_of: int, data: st.DataObject) -> None:
    one = Shard(data.draw(st.integers(0, of - 1)), of)
    other = Shard(data.draw(st.integers(0, other_of - 1)), other_of)

    common = any(n % of == one.number and n % other_of == other.number for n in range(of * other_of))

    assert one.overlaps(other) == common
