from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.simulation.settings import WorldSettings
from airloom.simulation.truth import load_truth
from airloom.simulation.world import CANDIDATES, World


def test_events_follow_the_contract(world: World) -> None:
    day = world.settings.history[2]
    events = pa.concat_tables(world.events(day))
    assert events.schema == EVENTS.stored_schema
    assert all(events[name].null_count == 0 for name in EVENTS.required)
    assert {moment.date() for moment in events["ts"].to_pylist()} == {day}
    orders = events.filter(pc.field("action") == "order")
    assert all(orders[name].null_count == 0 for name in ("quantity", "unit_price", "currency"))
    views = events.filter(pc.field("action") == "view")
    assert pc.min(views["dwell_s"]).as_py() > 0
    assert events["request_id"].null_count == events.num_rows


def test_a_shopper_has_an_ordinary_day() -> None:
    """Content, clicks and orders are in the proportions of a content platform with a shop."""
    world = World(WorldSettings(shoppers=1_000))
    day = world.settings.history[6]
    actions = pa.concat_tables(world.events(day))["action"].to_pylist()
    counts = {action: actions.count(action) for action in ("view", "like", "click", "order")}
    present = 750
    assert 15 < (counts["view"] + counts["like"]) / present < 30
    assert 1 < counts["click"] / present < 3
    assert 0.15 < counts["order"] / 1_000 < 0.3


def test_one_dial_sets_the_size() -> None:
    day = date(2026, 3, 4)
    small, large = (
        sum(table.num_rows for table in World(WorldSettings(shoppers=shoppers)).events(day))
        for shoppers in (200, 1_600)
    )
    assert 6 < large / small < 10


def test_a_day_can_be_made_again_alone(world: World) -> None:
    day = world.settings.history[5]
    for earlier in world.settings.history[:5]:
        list(world.events(earlier))
    alone = World(world.settings)
    assert pa.concat_tables(world.events(day)).equals(pa.concat_tables(alone.events(day)))
    assert world.visits(day) == alone.visits(day)


def test_another_seed_is_another_world(world: World) -> None:
    day = world.settings.history[0]
    other = World(replace(world.settings, seed=world.settings.seed + 1))
    assert not pa.concat_tables(world.events(day)).equals(pa.concat_tables(other.events(day)))
    assert world.visits(day) != other.visits(day)


def numbers(events: pa.Table) -> np.ndarray:
    """Numbers of the shoppers of events."""
    return pc.utf8_slice_codeunits(events["user_id"], 1).cast(pa.int64()).to_numpy()


def test_buying_follows_watching_with_a_delay() -> None:
    """Around the day on which an interest begins, views jump at once and orders only days later."""
    world = World(WorldSettings(shoppers=1_500, history_days=16, served_days=0))
    truth, block = load_truth(), world.block(0)
    videos, products = pa.array(world.catalogue.content_ids), pa.array(world.catalogue.product_ids)
    bought_by = (truth.weights.T > 0)[world.catalogue.product_leaves]
    shape = (16, world.settings.shoppers, len(truth.lifestyles))
    felt, views, orders = (np.zeros(shape, np.float32) for _ in range(3))
    for number_of_day, day in enumerate(world.settings.history):
        lifestyles, weights = block.felt(number_of_day)
        np.put_along_axis(
            felt[number_of_day], lifestyles.astype(np.int64), weights.astype(np.float32), axis=1
        )
        events = pa.concat_tables(world.events(day))
        seen, ordered = (events.filter(pc.field("action") == action) for action in ("view", "order"))
        groups = truth.content[pc.index_in(seen["object_id"], videos).to_numpy()]
        np.add.at(views[number_of_day], (numbers(seen)[groups >= 0], groups[groups >= 0]), 1)
        rows = pc.index_in(ordered["object_id"], products).to_numpy()
        np.add.at(orders[number_of_day], numbers(ordered), bought_by[rows])
    begins = [
        (day, *cell)
        for day in range(5, 11)
        for cell in np.argwhere((felt[day] > 0) & (felt[day - 5 : day].max(axis=0) == 0))
    ]
    assert len(begins) > 300
    watched = [
        np.mean([views[day + lag, user, group] for day, user, group in begins]) for lag in range(-2, 6)
    ]
    bought = [
        np.mean([orders[day + lag, user, group] for day, user, group in begins]) for lag in range(-2, 6)
    ]
    before, at, after = slice(0, 2), 2, slice(5, 8)
    assert watched[at] > 4 * np.mean(watched[before])
    assert bought[at] < 2 * np.mean(bought[before]) + 0.005
    assert np.mean(bought[after]) > 3 * bought[at]


def test_visits_come_from_those_present_at_plausible_times(world: World) -> None:
    day = world.settings.served[0]
    visits = world.visits(day)
    users = {visit.user_id for visit in visits}
    assert 0.6 < len(users) / world.settings.shoppers < 0.9
    assert 1.2 < len(visits) / len(users) < 1.8
    assert [visit.at for visit in visits] == sorted(visit.at for visit in visits)
    assert {visit.at.date() for visit in visits} == {day}
    assert all(visit.at.utcoffset() == timedelta(0) for visit in visits)
    evening = np.mean([17 <= visit.at.hour < 23 for visit in visits])
    assert evening > 0.35


def test_candidates_are_drawn_from_the_shelf_without_regard_to_taste() -> None:
    world = World(WorldSettings(shoppers=400))
    visits = world.visits(world.settings.served[0])
    rows = {object_id: row for row, object_id in enumerate(world.catalogue.product_ids)}
    shelf = world.publication.on_shelf(world.settings.history_days)
    counts = np.zeros(len(rows))
    wanted = []
    wants = world.wants(world.settings.served[0], 0)
    leaves = world.catalogue.product_leaves
    for visit in visits:
        candidates = [rows[object_id] for object_id in visit.candidates]
        assert len(set(candidates)) == CANDIDATES
        counts[candidates] += 1
        own = wants[int(visit.user_id[1:])]
        wanted.append(own[leaves[candidates]].mean() - own[leaves[shelf]].mean())
    assert np.all(counts[~shelf] == 0)
    assert counts[shelf].std() < 1.3 * np.sqrt(counts[shelf].mean())  # as even as chance makes it
    assert abs(np.mean(wanted)) < 4 * np.std(wanted) / np.sqrt(len(wanted))


def test_the_oracle_beats_every_other_order(world: World) -> None:
    oracle = shuffled = 0.0
    for visit in world.visits(world.settings.served[1]):
        best = world.oracle(visit)
        assert sorted(best) == sorted(visit.candidates)
        oracle += world.respond(visit, best[:10]).expected.gmv
        shuffled += world.respond(visit, visit.candidates[:10]).expected.gmv
    assert oracle > 3 * shuffled


def test_what_a_page_brings_is_known_without_luck_and_each_oracle_brings_most_of_its_own(
    world: World,
) -> None:
    visits = world.visits(world.settings.served[1])[:50]
    brought = {
        by: [world.expected_outcome(visit, world.oracle(visit, by=by)[:10]) for visit in visits]
        for by in ("orders", "gmv")
    }
    shown = [world.respond(visit, world.oracle(visit)[:10]).expected for visit in visits]
    assert shown == brought["gmv"]
    for visit, by_orders, by_gmv in zip(visits, brought["orders"], brought["gmv"], strict=True):
        any_page = world.expected_outcome(visit, visit.candidates[:10])
        assert by_orders.orders >= max(by_gmv.orders, any_page.orders)
        assert by_gmv.gmv >= max(by_orders.gmv, any_page.gmv)


def test_a_good_page_sells_about_one_order_in_three_days() -> None:
    """So that three days of 3,000 shoppers can tell a good ranker from a better one."""
    world = World(WorldSettings(shoppers=400))
    orders: dict[str, float] = {}
    value: dict[str, float] = {}
    for day in world.settings.served:
        for visit in world.visits(day):
            response = world.respond(visit, world.oracle(visit)[:10])
            orders[visit.user_id] = orders.get(visit.user_id, 0.0) + response.expected.orders
            value.setdefault(visit.user_id, 0.0)
            for event in response.events:
                if event["action"] == "order":
                    value[visit.user_id] += event["quantity"] * event["unit_price"]
    spent = np.array([*value.values()])
    assert 0.9 < np.mean([*orders.values()]) < 1.5
    assert spent.std() / spent.mean() < 2.5


def test_responses_do_not_depend_on_what_was_asked_before(world: World) -> None:
    visits = [visit for day in world.settings.served for visit in world.visits(day)[:15]]
    forth = [world.respond(visit, visit.candidates[:10], request_id="r") for visit in visits]
    fresh = World(world.settings)
    back = [fresh.respond(visit, visit.candidates[:10], request_id="r") for visit in visits[::-1]]
    assert forth == back[::-1]


def test_a_visit_of_another_time_is_refused(world: World) -> None:
    visit = world.visits(world.settings.served[0])[0]
    with pytest.raises(AirloomError, match="no day 2027"):
        world.respond(visit._replace(at=visit.at.replace(year=2027)), visit.candidates[:10])


def test_who_is_shown_pages_browses_less(world: World) -> None:
    def clicks(day: date) -> int:
        return sum(pc.sum(pc.equal(rows["action"], "click")).as_py() for rows in world.events(day))

    before, served = clicks(world.settings.history[-1]), clicks(world.settings.served[0])
    assert 0.15 * before < served < 0.5 * before
