from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from airloom.files import sha256_of
from airloom.logs.contract import EVENTS, EXPOSURES, OBJECTS, USERS
from airloom.logs.lake import Lake
from airloom.simulation.history import deliver_day, deliver_history
from airloom.simulation.truth import load_truth
from airloom.simulation.world import World


def digests(lake: Lake) -> dict[str, str]:
    root = lake.path("landing")
    return {str(file.relative_to(root)): sha256_of(file) for file in sorted(root.rglob("*.parquet"))}


def test_every_day_of_history_lands(world: World, lake: Lake) -> None:
    for table in (EVENTS, OBJECTS):
        assert lake.days(lake.landing(table)) == world.settings.history
    assert lake.days(lake.landing(USERS)) == world.settings.history[:1]
    assert lake.days(lake.landing(EXPOSURES)) == []


def test_objects_land_on_the_day_of_their_publication(world: World, lake: Lake) -> None:
    first, *later = world.settings.history
    for day in later:
        published = lake.read(lake.landing(OBJECTS), since=day, through=day)["published_at"]
        assert {moment.date() for moment in published.to_pylist()} == {day}
    published = lake.read(lake.landing(OBJECTS), since=first, through=first)["published_at"]
    assert max(published.to_pylist()).date() == first


def test_objects_are_complete(lake: Lake) -> None:
    objects = lake.read(lake.landing(OBJECTS))
    assert pc.count_distinct(objects["object_id"]).as_py() == objects.num_rows
    products = objects.filter(pc.field("domain") == "commerce")
    assert all(products[name].null_count == 0 for name in ("category_path", "price", "currency", "title"))
    assert set(pc.list_value_length(products["category_path"]).to_pylist()) == {3}
    content = objects.filter(pc.field("domain") == "content")
    assert content["category_path"].null_count == content["price"].null_count == content.num_rows


def test_events_are_about_known_users_and_published_objects(lake: Lake) -> None:
    events = lake.read(lake.landing(EVENTS))
    objects = lake.read(lake.landing(OBJECTS))
    users = lake.read(lake.landing(USERS))
    assert set(events["user_id"].to_pylist()) <= set(users["user_id"].to_pylist())
    joined = events.join(
        objects.select(["object_id", "published_at", "domain"]), "object_id", right_suffix="_of_object"
    )
    assert joined["published_at"].null_count == 0
    assert pc.all(pc.less_equal(joined["published_at"], joined["ts"])).as_py()
    assert pc.all(pc.equal(joined["domain"], joined["domain_of_object"])).as_py()


def test_profiles_are_languages(world: World, lake: Lake) -> None:
    users = lake.read(lake.landing(USERS))
    assert users.num_rows == world.settings.shoppers
    assert set(users["profile_bucket"].to_pylist()) == {"en", "zh", "es"}


def test_lifestyles_stay_hidden(lake: Lake) -> None:
    """No landed string is or contains the name of a lifestyle; single words may occur in titles."""
    names = load_truth().lifestyles
    for table in (EVENTS, OBJECTS, USERS):
        rows = lake.read(lake.landing(table))
        for column in rows.column_names:
            values = rows[column].combine_chunks()
            while pa.types.is_list(values.type):
                values = values.flatten()
            if not pa.types.is_string(values.type):
                continue
            distinct = pc.unique(values).to_pylist()
            for value in filter(None, distinct):
                assert value not in names
                assert not [name for name in names if "_" in name and name in value]


def test_the_same_seed_lands_the_same_bytes(world: World, lake: Lake, tmp_path: Path) -> None:
    again = Lake(tmp_path)
    deliver_history(World(world.settings), again)
    assert digests(again) == digests(lake)


def test_a_day_is_replaced_with_what_was_done_on_its_pages(world: World, tmp_path: Path) -> None:
    lake, day = Lake(tmp_path), world.settings.served[0]
    landing = lake.landing(EVENTS)
    responses = [
        world.respond(visit, world.oracle(visit)[:10], request_id=f"r{number}")
        for number, visit in enumerate(world.visits(day)[:100])
    ]
    done = [event for response in responses for event in response.events]
    deliver_day(world, lake, day, done)
    with_pages = digests(lake)
    rows = lake.read(landing)
    assert rows.num_rows - rows["request_id"].null_count == len(done) > 0
    assert {moment.date() for moment in rows["ts"].to_pylist()} == {day}
    deliver_day(world, lake, day)
    alone = lake.read(landing)
    assert alone["request_id"].null_count == alone.num_rows == rows.num_rows - len(done)
    deliver_day(world, lake, day, done)
    assert digests(lake) == with_pages


def test_what_is_served_was_known_the_day_before(world: World, tmp_path: Path) -> None:
    lake, day = Lake(tmp_path), world.settings.served[0]
    deliver_history(world, lake)
    known = set(lake.read(lake.landing(OBJECTS))["object_id"].to_pylist())
    assert all(known.issuperset(visit.candidates) for visit in world.visits(day))
