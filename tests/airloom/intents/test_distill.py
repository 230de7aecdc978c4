from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.intents.distill import Coverage, coverage, distill
from airloom.intents.import_answers import import_answers
from airloom.intents.known_atoms import atoms_of
from airloom.intents.plan import Plan, plan
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.llm.settings import TransformersSettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import (
    DAY,
    NEXT_DAY,
    DyingEncoder,
    HashingEncoder,
    KilledError,
    contents,
    put_events,
    put_objects,
    reply,
    shop,
    video,
    write_replies,
)
from tests.airloom.llm.in_process.tiny_model import save_tiny_model


def test_only_what_nobody_answered_is_asked(lake: Lake, tmp_path: Path) -> None:
    import_answers(lake, write_replies(tmp_path / "r.jsonl", reply("c1", (["cats"], 0.5))), model="llm")
    assert plan(lake, day=DAY, settings=DistillSettings(), shards=1) == Plan(5, 3, {0: 3}, None)

    done = distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())

    assert (done.asked, done.cached) == (3, 2)
    stored = {row["object_id"]: row["reasoner"] for row in IntentStore(lake).read().to_pylist()}
    assert stored == {"c1": "imported", "c2": "encoder", "c3": "encoder", "c4": "encoder"}


def test_a_second_run_asks_and_loads_nothing(lake: Lake) -> None:
    first = distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())
    before = contents(lake.path())

    again = distill(lake, day=DAY, settings=DistillSettings(), encoder=DyingEncoder(calls=0))

    assert first.asked == again.cached == 5
    assert (again.atoms, again.asked, again.paths) == (5, 0, 0)
    assert contents(lake.path()) == before


def test_the_next_day_costs_only_what_is_new(lake: Lake) -> None:
    distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())
    put_objects(lake, NEXT_DAY, [video("c9", "a cat bed for everyone")])
    put_events(lake, NEXT_DAY, [("view", "c1"), ("like", "c2"), ("view", "c9")])

    done = distill(lake, day=NEXT_DAY, settings=DistillSettings(), encoder=HashingEncoder())

    assert (done.asked, done.cached) == (2, 5)


def test_what_the_encoder_cannot_read_is_answered_with_the_reason_and_counted(lake: Lake) -> None:
    put_objects(lake, NEXT_DAY, [video("c8", "מיטה לחתול"), video("c9", "2024!!!")])

    done = distill(lake, day=NEXT_DAY, settings=DistillSettings(), encoder=HashingEncoder())

    assert (done.asked, done.unreadable) == (7, 2)
    stored = {row["object_id"]: row for row in IntentStore(lake).read().to_pylist()}
    assert {name: stored[name]["reason"] for name in ("c1", "c8", "c9")} == {
        "c1": None,
        "c8": "unreadable script: Hebrew",
        "c9": "no words",
    }
    assert stored["c8"]["status"] == "empty"
    assert coverage(lake, day=NEXT_DAY).unreadable == {"no words": 1, "unreadable script: Hebrew": 1}


def test_another_encoder_reads_again_what_an_older_one_answered(lake: Lake, tmp_path: Path) -> None:
    import_answers(lake, write_replies(tmp_path / "r.jsonl", reply("c1", (["cats"], 0.5))), model="llm")
    older, newer = HashingEncoder(), HashingEncoder(dimension=512)
    newer.name = "hashing-newer"
    assert distill(lake, day=DAY, settings=DistillSettings(), encoder=older).asked == 3

    # the recorded answer is kept: a language model counts before any encoder
    assert distill(lake, day=DAY, settings=DistillSettings(), encoder=newer).asked == 3
    models = {row["object_id"]: row["model"] for row in IntentStore(lake).read().to_pylist()}
    assert models == {"c1": "llm", "c2": "hashing-newer", "c3": "hashing-newer", "c4": "hashing-newer"}

    # back to the older one: it counts again, and is not asked again
    assert distill(lake, day=DAY, settings=DistillSettings(), encoder=older).asked == 0
    assert set(IntentStore(lake).read()["model"].to_pylist()) == {"llm", "hashing"}


@pytest.mark.parametrize("calls", range(2))
def test_killed_anywhere_and_started_again_the_store_is_the_same(
    lake: Lake, tmp_path: Path, calls: int
) -> None:
    undisturbed = shop(tmp_path / "undisturbed")
    distill(undisturbed, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())

    with pytest.raises(KilledError):
        distill(lake, day=DAY, settings=DistillSettings(), encoder=DyingEncoder(calls=calls))
    distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())

    read = [IntentStore(one).read().drop_columns("answered_at") for one in (lake, undisturbed)]
    assert read[0] == read[1]


def test_shards_share_the_atoms_without_overlap(lake: Lake) -> None:
    parts = [
        distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder(), shard=shard, shards=3)
        for shard in range(3)
    ]

    assert sum(part.asked for part in parts) == atoms_of(lake, day=DAY).num_rows
    assert sum(part.cached for part in parts) == 0
    assert IntentStore(lake).read().num_rows == 5


def test_a_shard_that_does_not_exist_is_refused(lake: Lake) -> None:
    with pytest.raises(AirloomError, match="no shard 3 of 3"):
        distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder(), shard=3, shards=3)


def test_coverage_counts_the_paths_once_every_atom_is_answered(lake: Lake) -> None:
    with pytest.raises(AirloomError, match=r"5 of 5 atoms known on 2026-01-14 have no answer"):
        coverage(lake, day=DAY)

    done = distill(lake, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())

    lengths = [len(paths) for paths in IntentStore(lake).read()["paths"].to_pylist()]
    with_paths = sum(length > 0 for length in lengths)
    assert coverage(lake, day=DAY) == Coverage(
        atoms=5, with_paths=with_paths, paths=done.paths, unreadable={}
    )


def test_a_day_is_distilled_into_the_store_and_not_asked_again(tmp_path: Path, lake: Lake) -> None:
    own = TransformersSettings(model=str(save_tiny_model(tmp_path / "tiny")), device="cpu")
    settings = DistillSettings(reasoner="transformers", fallback="none", threads=1, transformers=own)

    done = distill(lake, day=DAY, settings=settings)

    assert done.asked == done.atoms == done.calls > 0
    assert done.rejected == done.left == 0
    assert coverage(lake, day=DAY).atoms == done.atoms
    assert distill(lake, day=DAY, settings=settings).asked == 0
