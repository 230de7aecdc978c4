from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.publication import draw_publication
from airloom.simulation.result_pages import PageViewer, ResultPages
from airloom.simulation.settings import WorldSettings

CATALOGUE = load_catalogue()
PAGES = ResultPages(seed=7, catalogue=CATALOGUE, publication=draw_publication(WorldSettings(), CATALOGUE))
WANTED_LEAF = 5
NOON = 1_772_798_400_000_000  # 2026-03-06 12:00 UTC
PRODUCT = st.integers(0, len(CATALOGUE.product_ids) - 1)
PAGE = st.lists(PRODUCT, min_size=2, max_size=10, unique=True)


def viewer(*, number: int = 1, time: int = NOON, budget: float = 60.0, want: float = 1.0) -> PageViewer:
    wants = np.zeros(len(CATALOGUE.leaves), np.float32)
    wants[WANTED_LEAF] = want
    return PageViewer(number, time, wants, budget, 2.0)


def ids(products: list[int]) -> list[str]:
    return [CATALOGUE.product_ids[product] for product in products]


def respond(shown: list[str], **who: float):  # type: ignore[no-untyped-def]
    return PAGES.respond(viewer(**who), shown, user_id="u0000001", request_id="r1")  # type: ignore[arg-type]


def products_of(leaf: int) -> list[int]:
    return np.flatnonzero(CATALOGUE.product_leaves == leaf).tolist()


@given(PAGE, st.data())
def test_moving_a_better_product_up_earns_more(page: list[int], data: st.DataObject) -> None:
    expected_values = PAGES.expected_values(viewer(), np.array(page))
    position = data.draw(st.integers(0, len(page) - 2))
    swapped = [*page[:position], page[position + 1], page[position], *page[position + 2 :]]
    gain = respond(ids(swapped)).expected.gmv - respond(ids(page)).expected.gmv
    assert gain == pytest.approx(
        (expected_values[position + 1] - expected_values[position])
        * (0.85**position - 0.85 ** (position + 1)),
        abs=1e-9,
    )


@given(PAGE)
def test_no_order_earns_more_than_the_order_of_worth(page: list[int]) -> None:
    best = [page[position] for position in np.argsort(-PAGES.expected_values(viewer(), np.array(page)))]
    assert respond(ids(best)).expected.gmv >= respond(ids(page)).expected.gmv - 1e-9


@given(st.sampled_from(products_of(WANTED_LEAF)), st.floats(0, 1), st.floats(0, 1))
def test_the_more_it_is_wanted_the_more_it_is_clicked_and_bought(product: int, a: float, b: float) -> None:
    less, more = (respond(ids([product]), want=want) for want in sorted((a, b)))
    assert less.expected.clicks <= more.expected.clicks
    assert less.expected.orders <= more.expected.orders


@given(PRODUCT, st.floats(10, 500), st.floats(10, 500))
def test_who_has_more_money_buys_more(product: int, a: float, b: float) -> None:
    less, more = (respond(ids([product]), budget=budget) for budget in sorted((a, b)))
    assert less.expected.orders <= more.expected.orders


def test_taste_price_and_place_all_matter() -> None:
    cheap, *_, dear = sorted(products_of(WANTED_LEAF), key=lambda product: CATALOGUE.prices[product])
    page = ids([cheap])
    assert respond(page).expected.clicks > 5 * respond(page, want=0.0).expected.clicks
    assert respond(page).expected.orders > 20 * respond(page, want=0.0).expected.orders
    assert (
        respond(page).expected.orders > 2 * respond(page, budget=CATALOGUE.prices[cheap] / 2).expected.orders
    )
    assert CATALOGUE.prices[dear] > 2 * CATALOGUE.prices[cheap]
    sales = [respond(ids([product])) for product in (cheap, dear)]
    conversions = [sale.expected.orders / sale.expected.clicks for sale in sales]
    assert conversions[0] > 1.5 * conversions[1]
    unwanted = ids(products_of(40)[:9])
    first, last = respond([*page, *unwanted]), respond([*unwanted, *page])
    assert first.expected.orders > 2 * last.expected.orders


@settings(max_examples=30)
@given(PAGE, st.integers(0, 10_000))
def test_luck_belongs_to_shopper_visit_and_product(page: list[int], number: int) -> None:
    """A page with the same product in the same position, other products changed: the same outcome for it."""
    one = respond(ids(page), number=number)
    others = [product for product in range(30) if product not in page][: len(page) - 1]
    two = respond(ids([page[0], *others]), number=number)
    first = ids(page)[0]
    assert [event for event in one.events if event["object_id"] == first] == [
        event for event in two.events if event["object_id"] == first
    ]


def test_what_is_clicked_far_down_would_be_clicked_further_up() -> None:
    page = ids(products_of(WANTED_LEAF)[:10])
    for number in range(300):
        last = {event["object_id"] for event in respond(page, number=number).events}
        first = {event["object_id"] for event in respond(page[::-1], number=number).events}
        if page[-1] in last:
            assert page[-1] in first


def test_outcomes_average_to_what_is_expected() -> None:
    page = ids([*products_of(WANTED_LEAF)[:5], *products_of(40)[:5]])
    expected = respond(page).expected
    totals = np.zeros((4_000, 3))
    for number in range(len(totals)):
        for event in respond(page, number=number).events:
            totals[number, 0] += event["action"] == "click"
            if event["action"] == "order":
                totals[number, 1:] += 1, event["quantity"] * event["unit_price"]
    error = totals.std(axis=0) / np.sqrt(len(totals))
    means = np.array(expected)
    assert np.all(np.abs(totals.mean(axis=0) - means) < 4 * error)
    assert np.all(error < 0.06 * means)


def test_events_are_rows_of_the_contract_in_plausible_time() -> None:
    page = ids(products_of(WANTED_LEAF)[:10])
    events = [event for number in range(200) for event in respond(page, number=number).events]
    table = pa.Table.from_pylist(events, schema=EVENTS.stored_schema)
    assert set(table["request_id"].to_pylist()) == {"r1"}
    assert set(table["action"].to_pylist()) == {"click", "cart", "order"}
    orders = [event for event in events if event["action"] == "order"]
    assert all(order["currency"] == "USD" and order["quantity"] in (1, 2) for order in orders)
    prices = dict(zip(CATALOGUE.product_ids, CATALOGUE.prices.tolist(), strict=True))
    assert all(order["unit_price"] == prices[order["object_id"]] for order in orders)
    start = np.datetime64(NOON, "us").astype(object)
    waits = [event["ts"].replace(tzinfo=None) - start for event in events]
    assert min(waits) > timedelta(seconds=1)
    assert max(waits) < timedelta(minutes=10)


def test_a_shopper_who_orders_has_clicked_and_carted_before() -> None:
    page = ids(products_of(WANTED_LEAF)[:10])
    for number in range(200):
        events = respond(page, number=number).events
        when = {(event["object_id"], event["action"]): event["ts"] for event in events}
        for (product, action), moment in when.items():
            if action == "order":
                assert when[product, "click"] < when[product, "cart"] < moment


def test_an_empty_page_earns_nothing() -> None:
    assert respond([]) == ([], (0.0, 0.0, 0.0))


def test_a_product_of_elsewhere_is_named() -> None:
    with pytest.raises(AirloomError, match="p9999, which the sample world does not sell"):
        respond(["p0001", "p9999"])
