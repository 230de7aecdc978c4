from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow.compute as pc
import pytest

from airloom.errors import AirloomError
from airloom.experiments.outcomes import Outcomes, read_outcomes
from airloom.experiments.readout import AnalysisSettings

from .conftest import FIRST_DAY, SmallPlatform

DAY = date(2026, 3, 12)


def row_of(outcomes: Outcomes, user: str) -> dict[str, Any]:
    return next(row for row in outcomes.users.to_pylist() if row["user_id"] == user)


def test_a_user_is_described_by_what_followed_the_first_impression(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.order("ann", -30, "bed", 10.0)  # before the experiment
    platform.order("ann", 4, "bed", 10.0)  # in it, but before the first impression
    request = platform.show("ann", "air", 5, "bed", "bowl", "toy", degraded=["popularity"])
    platform.act("ann", "click", 6, "bed", request_id=request)
    platform.act("ann", "click", 6.1, "bed", request_id=request)
    platform.act("ann", "click", 6.2, "lamp")
    platform.order("ann", 7, "bed", 12.5, quantity=2, request_id=request)
    platform.order("ann", 8, "lamp", 30.0)
    platform.order("ann", 80, "toy", 99.0)  # after the day
    ann = row_of(read_outcomes(platform.deliver(), settings, DAY), "ann")
    assert ann["variant"] == "air"
    assert (ann["impressions"], ann["degraded"], ann["days"]) == (3, 3, 3)
    assert (ann["clicks"], ann["orders"], ann["gmv"]) == (3, 2, 55.0)
    assert (ann["page_clicks"], ann["page_orders"], ann["page_gmv"]) == (1, 1, 25.0)
    assert (ann["clicks_before"], ann["orders_before"], ann["gmv_before"]) == (0, 1, 10.0)


@pytest.mark.parametrize(
    ("degraded", "by_fallback"),
    [
        *(([name], 1) for name in ("user_store", "unknown_user", "ranker")),
        (["ranker", "category_popularity", "popularity"], 1),
        (["unknown_candidates:2", "unavailable_candidates:1", "candidates", "explanation"], 0),
        (["unknown_candidates:2", "unknown_user"], 1),
        ([], 0),
        (None, 0),
    ],
)
def test_only_a_page_that_a_fallback_ordered_counts_as_shown_by_one(
    platform: SmallPlatform, settings: AnalysisSettings, degraded: list[str] | None, by_fallback: int
) -> None:
    platform.show("bob", "air", 5, "bed", degraded=degraded)
    assert row_of(read_outcomes(platform.deliver(), settings, DAY), "bob")["degraded"] == by_fallback


@pytest.mark.parametrize(
    ("first_day", "first", "before"), [(None, FIRST_DAY + timedelta(days=1), 2), (FIRST_DAY, FIRST_DAY, 1)]
)
def test_without_a_first_day_the_first_page_begins_the_experiment(
    platform: SmallPlatform, settings: AnalysisSettings, first_day: date | None, first: date, before: int
) -> None:
    platform.order("ann", -30, "bed", 10.0)
    platform.order("ann", 4, "bed", 10.0)
    platform.show("ann", "air", 29, "bed")  # on the second day
    outcomes = read_outcomes(platform.deliver(), replace(settings, first_day=first_day), DAY)
    assert outcomes.first_day == first
    assert row_of(outcomes, "ann")["orders_before"] == before
    assert min(outcomes.daily["day"].to_pylist()) == first


def test_without_a_page_an_experiment_without_a_first_day_has_no_users(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.order("ann", 4, "bed", 10.0)
    outcomes = read_outcomes(platform.deliver(), replace(settings, first_day=None), DAY)
    assert (outcomes.users.num_rows, outcomes.first_day) == (0, DAY)


def test_pages_with_one_request_id_are_told_apart(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    """The last page before an action gets it; another user's page and a later one do not."""
    for user, hour, names in (("ann", 1, ("bed", "bowl")), ("bob", 2, ("bed",)), ("ann", 30, ("bed", "toy"))):
        platform.show(user, "air", hour, *names, request_id="checkout-page")
    for clicked in (3, 3.1, 31):  # twice on the first page, once on the second
        platform.act("ann", "click", clicked, "bed", request_id="checkout-page")
    platform.act("ann", "click", 5, "toy", request_id="checkout-page")  # not shown yet
    platform.order("ann", 32, "toy", 7.0, request_id="checkout-page")
    platform.order("ann", 33, "toy", 7.0, request_id="checkout-page", quantity=-1)
    outcomes = read_outcomes(platform.deliver(), settings, DAY)
    ann, bob = row_of(outcomes, "ann"), row_of(outcomes, "bob")
    assert (ann["impressions"], ann["page_clicks"], ann["page_orders"], ann["page_gmv"]) == (4, 2, 0, 0.0)
    assert (bob["impressions"], bob["page_clicks"]) == (1, 0)
    last = outcomes.daily.to_pylist()[-1]
    assert (last["impressions"], last["page_clicks"], last["page_orders"]) == (5, 2, 0)


def test_users_who_did_nothing_count_with_zeros(platform: SmallPlatform, settings: AnalysisSettings) -> None:
    platform.show("bob", "item_cf", 0, "bed")
    bob = row_of(read_outcomes(platform.deliver(), settings, DAY), "bob")
    assert (bob["clicks"], bob["orders"], bob["gmv"], bob["gmv_before"]) == (0, 0, 0.0, 0.0)


def test_users_who_saw_several_variants_are_counted_and_left_out(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "air", 0, "bed")
    platform.show("cat", "air", 1, "bed")
    platform.show("cat", "item_cf", 2, "bed")
    outcomes = read_outcomes(platform.deliver(), settings, DAY)
    assert outcomes.multi_variant_users == 1
    assert outcomes.users["user_id"].to_pylist() == ["ann"]


def test_someone_elses_request_or_an_object_that_was_not_shown_is_not_on_the_page(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    request = platform.show("ann", "air", 0, "bed")
    platform.show("bob", "air", 0, "bed")
    platform.order("bob", 1, "bed", 5.0, request_id=request)
    platform.order("ann", 1, "lamp", 5.0, request_id=request)
    users = read_outcomes(platform.deliver(), settings, DAY).users
    assert users["page_orders"].to_pylist() == [0, 0]
    assert users["orders"].to_pylist() == [1, 1]


def test_exposures_of_other_experiments_are_not_read(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "blue", 0, "bed", experiment="button-colour")
    assert read_outcomes(platform.deliver(), settings, DAY).users.num_rows == 0


def test_an_unknown_variant_is_named(platform: SmallPlatform, settings: AnalysisSettings) -> None:
    platform.show("ann", "aer", 0, "bed", "bowl")
    with pytest.raises(AirloomError, match=r"column variant holds 'aer' \(2 rows\)"):
        read_outcomes(platform.deliver(), settings, DAY)


def test_two_currencies_cannot_be_added(platform: SmallPlatform, settings: AnalysisSettings) -> None:
    platform.show("ann", "air", 0, "bed")
    platform.order("ann", 1, "bed", 5.0)
    platform.order("ann", 2, "bed", 5.0, currency="CNY")
    with pytest.raises(AirloomError, match=r"CNY \(1 orders\), EUR \(1 orders\)"):
        read_outcomes(platform.deliver(), settings, DAY)


def test_an_order_without_a_price_is_counted_and_told(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "air", 0, "bed")
    platform.order("ann", 1, "bed", None)
    outcomes = read_outcomes(platform.deliver(), settings, DAY)
    assert outcomes.unpriced == 1
    assert row_of(outcomes, "ann")["orders"] == 1


def test_a_return_subtracts_its_value_and_an_order_sent_back_in_full_is_none(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    page = platform.show("ann", "air", 1, "a", "b", "c")
    for name, price, pieces in (("a", 20.0, 1), ("b", 10.0, 3), ("c", 5.0, 1)):
        platform.act("ann", "click", 2, name, request_id=page)
        platform.order("ann", 3, name, price, quantity=pieces, request_id=page)
    platform.order("ann", 30, "a", 20.0, quantity=-1, request_id=page)
    platform.order("ann", 31, "b", 10.0, quantity=-1, request_id=page)

    outcomes = read_outcomes(platform.deliver(), settings, FIRST_DAY + timedelta(days=1))

    (user,) = outcomes.users.to_pylist()
    assert (user["orders"], user["gmv"]) == (2, 25.0)
    assert (user["page_orders"], user["page_gmv"], user["page_clicks"]) == (2, 25.0, 3)
    by_day = outcomes.daily.filter(pc.field("variant") == "air").to_pylist()
    assert [(day["orders"], day["gmv"], day["page_orders"]) for day in by_day] == [(3, 55.0, 3), (2, 25.0, 2)]


def test_lines_without_a_page_belong_together_by_user_and_product(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "air", 1, "a")
    platform.order("ann", 2, "a", 20.0)
    platform.order("ann", 3, "a", 20.0)
    platform.order("ann", 4, "a", 20.0, quantity=-1)
    platform.order("ann", 5, "b", 20.0, quantity=-1)  # of an order from before the log
    (user,) = read_outcomes(platform.deliver(), settings, FIRST_DAY).users.to_pylist()
    assert (user["orders"], user["gmv"]) == (1, 20.0)


def test_a_return_of_an_order_from_before_the_days_that_are_read_does_not_count(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.order("ann", -24 * 20, "a", 500.0)
    platform.order("ann", -2, "a", 500.0, quantity=-1)  # another such line, back before the experiment
    platform.show("ann", "air", 1, "a")
    platform.order("ann", 2, "a", 500.0, quantity=-1)
    outcomes = read_outcomes(platform.deliver(), settings, FIRST_DAY)
    (user,) = outcomes.users.to_pylist()
    assert (user["orders"], user["gmv"], user["orders_before"], user["gmv_before"]) == (0, 0.0, 0, 0.0)
    assert outcomes.daily["gmv"].to_pylist() == [0.0]


def test_an_order_of_which_no_piece_is_left_is_none_whatever_is_left_of_others(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "air", 1, "a")
    platform.order("ann", 2, "a", 20.0, quantity=2)
    platform.order("ann", 3, "a", 20.0)
    platform.order("ann", 4, "a", 20.0, quantity=-1)
    (user,) = read_outcomes(platform.deliver(), settings, FIRST_DAY).users.to_pylist()
    assert (user["orders"], user["gmv"]) == (1, 40.0)


def test_of_a_return_the_pieces_that_were_ordered_after_the_first_page_count(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.order("ann", 0.5, "a", 20.0, quantity=2)
    platform.show("ann", "air", 1, "a")
    platform.order("ann", 2, "a", 20.0, quantity=3)
    platform.order("ann", 3, "b", 5.0)
    platform.order("ann", 4, "a", 20.0, quantity=-4)
    (user,) = read_outcomes(platform.deliver(), settings, FIRST_DAY).users.to_pylist()
    assert (user["orders"], user["gmv"]) == (1, 5.0)


def test_a_product_of_a_page_is_ordered_until_its_last_order_has_come_back(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    page = platform.show("ann", "air", 1, "a")
    platform.order("ann", 2, "a", 20.0, request_id=page)
    platform.order("ann", 3, "a", 20.0, request_id=page)
    for hour in (30, 50):
        platform.order("ann", hour, "a", 20.0, quantity=-1, request_id=page)
    days = read_outcomes(platform.deliver(), settings, DAY).daily.to_pylist()
    assert [(day["orders"], day["page_orders"], day["page_gmv"]) for day in days] == [
        (2, 1, 40.0),
        (1, 1, 20.0),
        (0, 0, 0.0),
    ]


def test_what_was_ordered_before_the_first_page_and_came_back_later_is_not_of_the_experiment(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.order("ann", -5, "a", 20.0)
    platform.order("ann", 0.5, "b", 20.0)
    platform.show("ann", "air", 1, "a")
    for name in ("a", "b"):
        platform.order("ann", 2, name, 20.0, quantity=-1)
    (user,) = read_outcomes(platform.deliver(), settings, FIRST_DAY).users.to_pylist()
    assert (user["orders"], user["gmv"]) == (0, 0.0)
    assert (user["orders_before"], user["gmv_before"]) == (1, 20.0)


def test_a_free_product_is_an_order_of_value_zero(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "air", 1, "a")
    platform.order("ann", 2, "a", 0.0)
    outcomes = read_outcomes(platform.deliver(), settings, FIRST_DAY)
    (user,) = outcomes.users.to_pylist()
    assert (user["orders"], user["gmv"], outcomes.unpriced) == (1, 0.0, 0)


def test_gmv_grows_by_day_with_the_users_who_entered(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "air", 0, "bed")
    platform.order("ann", 1, "bed", 5.0)
    platform.show("bob", "air", 30, "bed")
    platform.order("ann", 50, "bed", 2.5)
    daily = read_outcomes(platform.deliver(), settings, DAY).daily.to_pylist()
    assert [(row["day"], row["users"], row["gmv"]) for row in daily] == [
        (FIRST_DAY, 1, 5.0),
        (date(2026, 3, 11), 2, 5.0),
        (DAY, 2, 7.5),
    ]


def test_the_sums_of_the_last_day_are_those_of_the_users(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    request = platform.show("ann", "air", 1, "bed", "bowl")
    platform.act("ann", "click", 2, "bed", request_id=request)
    platform.act("ann", "click", 30, "bed", request_id=request)  # the same click on the page, a day later
    platform.order("ann", 31, "bed", 5.0, request_id=request)
    platform.order("ann", 50, "lamp", 2.5)
    platform.act("bob", "click", 3, "toy")  # before bob's first impression
    platform.show("bob", "air", 26, "bed")
    platform.show("cat", "air", 1, "bed")
    platform.show("cat", "item_cf", 2, "bed")
    outcomes = read_outcomes(platform.deliver(), settings, DAY)
    first, *_, last = outcomes.daily.to_pylist()
    assert (first["users"], first["impressions"], first["page_clicks"], first["page_gmv"]) == (1, 2, 1, 0.0)
    columns = ("impressions", "clicks", "orders", "gmv", "page_clicks", "page_orders", "page_gmv")
    assert last["users"] == outcomes.users.num_rows == 2
    assert {name: last[name] for name in columns} == {
        name: sum(outcomes.users[name].to_pylist()) for name in columns
    }
    assert (last["clicks"], last["page_clicks"], last["page_orders"], last["page_gmv"]) == (2, 1, 1, 5.0)


def test_the_order_in_which_rows_were_delivered_does_not_show(
    platform: SmallPlatform, settings: AnalysisSettings, tmp_path: Any
) -> None:
    twin = SmallPlatform(tmp_path / "twin")
    for number in range(60):
        user = f"u{number % 7}"
        request = platform.show(user, "air", number / 10, "bed", "bowl")
        platform.order(user, number / 10 + 0.01, "bed", 0.1 * (number + 1), request_id=request)
    twin.shown, twin.events = platform.shown[::-1], platform.events[::-1]
    first = read_outcomes(platform.deliver(), settings, DAY)
    assert first.users.equals(read_outcomes(twin.deliver(), settings, DAY).users)
