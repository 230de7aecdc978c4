from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.files import unfinished
from airloom.intents import vector_files
from airloom.intents.vector_files import Keys, VectorFiles

DIMENSION = 4


@pytest.fixture(autouse=True)
def merges_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_files, "MERGE_AT", 4)
    monkeypatch.setattr(vector_files, "FULL_ROWS", 20)
    monkeypatch.setattr(vector_files, "BATCH_ROWS", 7)


def keys(start: int, stop: int) -> Keys:
    return np.random.default_rng(0).integers(0, 2**63, (1000, 2), np.uint64)[start:stop]


def vectors(start: int, stop: int) -> NDArray[np.float32]:
    return np.arange(start * DIMENSION, stop * DIMENSION, dtype=np.float32).reshape(-1, DIMENSION)


def store(folder: Path) -> VectorFiles:
    return VectorFiles(folder, dimension=DIMENSION)


def append(to: VectorFiles, start: int, stop: int) -> None:
    to.append(keys(start, stop), vectors(start, stop))


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def assert_holds(folder: VectorFiles, start: int, stop: int) -> None:
    order = np.random.default_rng(1).permutation(stop - start)
    is_stored, values = folder.look_up(keys(start, stop)[order])
    assert is_stored.all()
    np.testing.assert_array_equal(values, vectors(start, stop)[order])


def test_what_was_added_is_found_by_whoever_looks_and_nothing_else(tmp_path: Path) -> None:
    append(store(tmp_path), 0, 5)

    is_stored, values = store(tmp_path).look_up(keys(3, 7))

    assert is_stored.tolist() == [True, True, False, False]
    np.testing.assert_array_equal(values, [*vectors(3, 5), [0] * DIMENSION, [0] * DIMENSION])


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert not store(tmp_path / "absent").look_up(keys(0, 3))[0].any()


def test_keys_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    alike = np.array([[7, 1], [7, 2]], np.uint64)
    store(tmp_path).append(alike[:1], vectors(0, 1))

    assert store(tmp_path).look_up(alike)[0].tolist() == [True, False]


def test_a_file_whose_writer_is_killed_before_it_has_its_name_counts_as_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Path) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(vector_files, "sha256_of", killed)
    with pytest.raises(KeyboardInterrupt):
        append(store(tmp_path), 0, 3)

    left = list(tmp_path.iterdir())
    assert len(left) == 1
    assert left == unfinished(tmp_path)


def test_however_many_are_added_there_are_few_files_and_all_is_found(tmp_path: Path) -> None:
    writer = store(tmp_path)
    for start in range(0, 300, 3):
        append(writer, start, start + 3)

        assert len(files(tmp_path)) < 4 + (start + 3) / 20

    assert_holds(writer, 0, 300)
    assert_holds(store(tmp_path), 0, 300)


def test_a_full_file_is_never_written_again(tmp_path: Path) -> None:
    writer = store(tmp_path)
    append(writer, 0, 20)
    full = files(tmp_path)

    for start in range(20, 60):
        append(writer, start, start + 1)

    assert full < files(tmp_path)


def test_a_reader_survives_that_another_process_merges(tmp_path: Path) -> None:
    reader, writer = store(tmp_path), store(tmp_path)
    for start in range(0, 9, 3):
        append(writer, start, start + 3)
    assert_holds(reader, 0, 9)

    append(writer, 9, 12)  # the fourth file: all are merged

    assert len(files(tmp_path)) == 1
    assert_holds(reader, 0, 12)


def test_a_reader_survives_a_merge_between_seeing_a_file_and_opening_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = store(tmp_path), store(tmp_path)
    for start in range(0, 9, 3):
        append(writer, start, start + 3)
    plain_open = vector_files._open

    def merged_meanwhile(file: Path, *, mapped: bool = True) -> object:
        monkeypatch.setattr(vector_files, "_open", plain_open)
        append(writer, 9, 12)
        return plain_open(file, mapped=mapped)

    monkeypatch.setattr(vector_files, "_open", merged_meanwhile)

    assert_holds(reader, 0, 9)


def test_a_merge_killed_before_it_has_deleted_anything_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = store(tmp_path)
    unlink = Path.unlink

    def killed(file: Path, *, missing_ok: bool = False) -> None:
        if file.name.startswith("part-"):
            raise KeyboardInterrupt
        unlink(file, missing_ok=missing_ok)

    for start in range(0, 9, 3):
        append(writer, start, start + 3)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            append(writer, 9, 12)
    assert len(files(tmp_path)) == 5
    assert_holds(store(tmp_path), 0, 12)

    append(store(tmp_path), 12, 15)

    assert_holds(store(tmp_path), 0, 15)
    assert sum(len(index.rows) for index in store(tmp_path)._refreshed().values()) == 15


def test_a_merge_killed_while_it_writes_leaves_the_files_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = store(tmp_path)
    for start in range(0, 9, 3):
        append(writer, start, start + 3)
    kept = vector_files._kept

    def killed(*arguments: object) -> object:
        yield next(kept(*arguments))  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vector_files, "_kept", killed)
        with pytest.raises(KeyboardInterrupt):
            append(writer, 9, 12)

    assert len(files(tmp_path)) == 4
    assert_holds(store(tmp_path), 0, 12)


def test_what_is_already_merged_is_not_deleted_with_its_copies(tmp_path: Path) -> None:
    merged, copies = store(tmp_path), store(tmp_path / "copies")
    for start in range(0, 12, 3):
        append(merged, start, start + 3)
    for start in range(0, 9, 3):
        append(copies, start, start + 3)
    for copy in (tmp_path / "copies").iterdir():
        copy.rename(tmp_path / copy.name)  # as a process leaves them that is killed while it deletes
    (tmp_path / "copies").rmdir()

    merged._merge(sorted(merged._refreshed(), key=lambda file: -file.stat().st_size))

    assert_holds(store(tmp_path), 0, 12)


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")  # what is forked beside threads of libraries may crash
    starts = [(0, 90), (60, 150), (60, 150)]
    writers = [context.Process(target=_add_one_by_one, args=(tmp_path, *ends)) for ends in starts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert_holds(store(tmp_path), 0, 150)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    append(store(tmp_path), 0, 5)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])

    with pytest.raises(AirloomError, match=rf"{file.name} is not a readable Arrow file"):
        store(tmp_path).look_up(keys(0, 5))


def _add_one_by_one(folder: Path, start: int, stop: int) -> None:
    writer = store(folder)
    for row in range(start, stop, 2):
        append(writer, row, row + 2)
        assert_holds(writer, start, row + 2)
