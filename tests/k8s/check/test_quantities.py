from __future__ import annotations

from decimal import Decimal

import pytest

from k8s.check.quantities import quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100m", "0.1"),
        ("1.5", "1.5"),
        (2, "2"),
        ("512Mi", "536870912"),
        ("20G", "20000000000"),
        ("1e3", "1000"),
    ],
)
def test_quantities_are_numbers(text: object, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["{{$.inputs.parameters['cpu']}}", "many", "1X", ""])
def test_what_is_no_quantity_is_none(text: str) -> None:
    assert quantity(text) is None
