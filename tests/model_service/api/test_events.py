"""The service takes what the validation of logs calls clean, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from airloom.logs.limits import MAX_DWELL_S, MAX_ID_LENGTH, MAX_PRICE, MAX_QUANTITY
from model_service.api.events import Event

ORDER = {"event_id": "e", "user_id": "u", "action": "order", "object_id": "p"}


@pytest.mark.parametrize(
    "values",
    [
        {"quantity": MAX_QUANTITY},
        {"quantity": -MAX_QUANTITY},
        {"unit_price": 0},
        {"unit_price": MAX_PRICE},
        {"dwell_s": MAX_DWELL_S},
        {"event_id": "\N{GREEK SMALL LETTER ALPHA}" * MAX_ID_LENGTH},
    ],
)
def test_values_at_the_bounds_are_taken(values: dict[str, Any]) -> None:
    assert Event.model_validate(ORDER | values).model_dump(include=set(values)) == values


@pytest.mark.parametrize(
    "values",
    [
        {"quantity": MAX_QUANTITY + 1},
        {"quantity": -MAX_QUANTITY - 1},
        {"quantity": 0},
        {"action": "click", "quantity": -1},
        {"unit_price": -0.01},
        {"unit_price": MAX_PRICE * 1.01},
        {"unit_price": 1e308},
        {"dwell_s": MAX_DWELL_S + 1},
        {"event_id": "e" * (MAX_ID_LENGTH + 1)},
        {"currency": "EUR\n"},
    ],
)
def test_values_beyond_the_bounds_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Event.model_validate(ORDER | values)


def test_a_return_is_an_order_of_fewer_than_no_pieces() -> None:
    assert Event.model_validate(ORDER | {"quantity": -1}).is_return
    assert not Event.model_validate(ORDER | {"quantity": 1}).is_return
    assert not Event.model_validate(ORDER).is_return
