"""Cron expressions as KFP's parser, robfig/cron v1.2.0, reads them."""

from __future__ import annotations

import pytest

from tests.kubeflow.kfp_server_cron import parse_cron


@pytest.mark.parametrize(
    "expression",
    [
        "0 30 1 * * *",
        "0 0 9 ? * 2-6",
        "*/15 0-30/10 1,2,3 1-15 JAN-mar MON,fri",
        "0 0 0 1 1 0",
        "@daily",
        "@midnight",
        "@every 1h30m",
        "@every 1.5h",
    ],
)
def test_an_expression_is_accepted(expression: str) -> None:
    parse_cron(expression)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "Empty spec"),
        ("* * * *", "Expected 5 to 6 fields, found 4"),
        ("0 0 0 * * * *", "found 7"),
        ("60 * * * * *", "outside"),
        ("* * 24 * * *", "outside"),
        ("* * * 0 * *", "outside"),
        ("* * * * 13 *", "outside"),
        ("* * * * * 7", "outside"),
        ("5-1 * * * * *", "outside"),
        ("*/0 * * * * *", "positive"),
        ("1-2-3 * * * * *", "hyphens"),
        ("1/2/3 * * * * *", "slashes"),
        ("0 0 0 L * *", "parse int"),
        ("0 0 0 * * funday", "parse int"),
        ("-1 * * * * *", "parse int"),
        ("@noon", "Unrecognized"),
        ("@every day", "duration"),
        ("TZ=UTC 0 0 0 * * *", "found 7"),
    ],
)
def test_an_expression_is_refused(expression: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_cron(expression)


def test_the_first_of_five_fields_is_the_second_too() -> None:
    fields = parse_cron("30 1 * * *")

    assert fields is not None
    assert (fields.second, fields.minute) == ({30}, {1})
    assert fields.hour == set(range(24))


def test_steps_run_to_the_end_of_their_range() -> None:
    fields = parse_cron("50/5 0-30/10 */6 * jan,JUL sat")

    assert fields is not None
    assert fields.second == {50, 55}
    assert fields.minute == {0, 10, 20, 30}
    assert fields.hour == {0, 6, 12, 18}
    assert fields.month == {1, 7}
    assert fields.day_of_week == {6}


def test_a_descriptor_stands_for_its_fields() -> None:
    assert parse_cron("@weekly") == parse_cron("0 0 0 * * sun")
