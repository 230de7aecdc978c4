"""Replies are judged by what the assistant answers to them."""

from __future__ import annotations

import numpy as np
import pytest

from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.parsing.parsed_request import ParsedCondition, ParsedRequest
from airloom.assistant.parsing.reply import written
from airloom.assistant.rft.item_vectors import vectors_of_graph
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.settings import RewardSettings
from tests.airloom.assistant.small_catalogue import GRAPH, SNAPSHOT

VECTORS = vectors_of_graph(SNAPSHOT.attributes, len(SNAPSHOT.objects.ids))
JUDGE = ReplyJudge(GRAPH, VECTORS, RewardSettings())


def case() -> RequestCase:
    """Black products of shelf 1."""
    stated = tuple(GRAPH.values.exact(text) for text in ("black", "shelf 1"))
    satisfying = np.array([11, 13, 15, 17, 19], np.int32)
    return RequestCase("a", "explicit", 2, "shelf 1 in black, not red", satisfying, stated, {})


def reply(*conditions: ParsedCondition) -> str:
    """A reading with some conditions."""
    return written([ParsedRequest(conditions)])


def test_a_right_reading_earns_the_whole_reward() -> None:
    verdict = JUDGE(reply(ParsedCondition("black"), ParsedCondition("shelf 1")), case(), tokens=40)

    assert verdict.judged.is_right
    assert verdict.reward[:3] == (0.5, 1.0, 1.0)
    assert not verdict.wrong_steps


def test_a_wrong_step_is_named_where_the_answer_is_wrong() -> None:
    wrong = reply(ParsedCondition("shelf 1"), ParsedCondition("red"))

    verdict = JUDGE(wrong, case(), tokens=40)

    assert (verdict.reward.ranking, verdict.reward.query_alignment) == (0.0, 0.5)
    [step] = verdict.wrong_steps
    assert (step.kind, step.entry) == ("conditions", 1)
    assert '"red"' in wrong[step.start : step.stop]


def test_words_that_a_reading_leaves_out_are_looked_for_and_are_no_wrong_step() -> None:
    verdict = JUDGE(reply(), case(), tokens=40)

    assert verdict.judged.is_right
    assert not verdict.wrong_steps


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"requests": []}', written([ParsedRequest()] * 2)])
def test_what_is_no_reading_of_the_request_is_answered_with_nothing(text: str) -> None:
    verdict = JUDGE(text, case(), tokens=40)

    assert not verdict.judged.is_reading
    assert not verdict.judged.rows
    assert verdict.reward.total(RewardSettings()) == pytest.approx(-0.55)


def test_what_is_made_up_counts_as_named_and_unknown() -> None:
    verdict = JUDGE(reply(ParsedCondition("black"), ParsedCondition("holographic")), case(), tokens=40)

    assert (verdict.judged.named, verdict.judged.known) == (2, 1)
    assert verdict.reward.in_catalogue == 0.5
