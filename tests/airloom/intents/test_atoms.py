from __future__ import annotations

from datetime import UTC, date, datetime

from airloom.intents.atoms import Atom
from airloom.intents.known_atoms import atoms_of
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, NEXT_DAY, put_events, put_objects, video


def pairs(lake: Lake, *, day: date = DAY) -> list[tuple[str, str]]:
    atoms = atoms_of(lake, day=day)
    return sorted(zip(atoms["action"].to_pylist(), atoms["object_id"].to_pylist(), strict=True))


def test_an_atom_is_seen_once_whoever_did_it_and_videos_have_one_before_anybody_sees_them(lake: Lake) -> None:
    assert pairs(lake) == [("like", "c1"), ("view", "c1"), ("view", "c2"), ("view", "c3"), ("view", "c4")]


def test_a_video_published_later_has_no_atom_yet(lake: Lake) -> None:
    put_objects(lake, NEXT_DAY, [video("c9", "a new cat", published=datetime(2026, 1, 16, tzinfo=UTC))])

    assert ("view", "c9") not in pairs(lake, day=NEXT_DAY)


def test_days_after_the_given_one_are_not_looked_at(lake: Lake) -> None:
    before = atoms_of(lake, day=DAY)
    put_objects(lake, NEXT_DAY, [video("c1", "renamed"), video("c9", "a new cat")])
    put_events(lake, NEXT_DAY, [("like", "c2")])

    assert atoms_of(lake, day=DAY) == before
    assert ("like", "c2") in pairs(lake, day=NEXT_DAY)
    later = atoms_of(lake, day=NEXT_DAY)
    titles = dict(zip(later["object_id"].to_pylist(), later["title"].to_pylist(), strict=True))
    assert titles["c1"] == "renamed"


def test_the_id_depends_on_every_part_of_the_key() -> None:
    ids = {Atom("view", "c1").atom_id, Atom("like", "c1").atom_id, Atom("view", "c2").atom_id}
    ids.add(Atom("view", "c1", "young").atom_id)

    assert len(ids) == 4
    assert Atom("view", "c1").atom_id == "".join(sorted({Atom("view", "c1", "*").atom_id}))
    assert len(Atom("view", "c1").atom_id) == 16
