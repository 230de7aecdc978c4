"""What a model wrote is read as the service reads it, and rules read the rest."""

from __future__ import annotations

from airloom.assistant.parsing.parsed_request import ParsedCondition, ParsedRequest
from airloom.assistant.parsing.recorded_parser import RecordedParser
from airloom.assistant.parsing.reply import written
from tests.airloom.assistant.small_catalogue import GRAPH, PARSER

READING = ParsedRequest((ParsedCondition("black"),))


def test_a_reading_is_taken_from_the_reply() -> None:
    parser = RecordedParser({"something dark": written([READING])}, GRAPH)

    assert parser.parse("something dark") == READING._replace(rest=("dark",))
    assert parser.share_by_rules == 0


def test_rules_read_where_no_reply_came() -> None:
    parser = RecordedParser({"black things": None}, GRAPH)

    assert parser.parse("black things") == PARSER.parse("black things")
    assert parser.by_rules == {"black things"}


def test_rules_read_what_is_no_reading_and_are_counted() -> None:
    parser = RecordedParser({"black things": "no reading", "red things": written([READING])}, GRAPH)

    assert parser.parse("black things") == PARSER.parse("black things")
    parser.parse("black things")
    assert parser.share_by_rules == 0.5
