from __future__ import annotations

import pytest

from airloom.assistant.evaluation.comparison import ALL, ASSISTANT, RULES, AnswererComparison, Mean
from airloom.assistant.evaluation.evaluate import CORRECTED, HIT, OUTSIDE, RECALL, UNSUPPORTED
from airloom.assistant.evaluation.model_replies import DEADLINE, FALLBACKS
from airloom.assistant.evaluation.model_use import BY_MODEL, TOKENS_IN, TOKENS_OUT, USD
from airloom.assistant.evaluation.tables import (
    answerers_table,
    conclusion,
    difference_lines,
    guard_lines,
    model_table,
    slices_table,
)
from airloom.ranking.evaluation.intervals import Estimate


def mean(answerer: str, where: str, metric: str, value: float) -> Mean:
    return Mean(answerer, where, metric, 1200, Estimate(value, value - 0.01, value + 0.01))


COMPARISON = AnswererComparison(
    (
        mean(ASSISTANT, ALL, RECALL, 0.71),
        mean(ASSISTANT, ALL, HIT, 0.6),
        mean(ASSISTANT, ALL, "accuracy hard", 0.6),
        mean(ASSISTANT, ALL, CORRECTED, 0.1),
        mean(ASSISTANT, ALL, OUTSIDE, 0.0),
        mean(ASSISTANT, ALL, UNSUPPORTED, 0.0),
        mean(ASSISTANT, "explicit", RECALL, 0.8),
        mean("bm25", ALL, RECALL, 0.25),
    ),
    (
        mean("bm25", ALL, RECALL, 0.46),
        mean("bm25", ALL, HIT, 0.5),
        mean("bm25", "explicit, 1 conditions", RECALL, 0.4),
    ),
    {ASSISTANT: {"parse": (1.0, 2.0, 3.0)}},
)


def test_answerers_have_a_line_each_over_all_requests() -> None:
    head, own, control, _, of_lists, chosen, _ = answerers_table(COMPARISON).splitlines()
    assert head.split() == ["answerer", "recall@10", "hit@1"]
    assert own == "assistant  .710 (.700, .720) of 1,200  .600 (.590, .610)"
    assert control.split()[:2] == ["bm25", ".250"]
    assert of_lists.split() == ["answerer", "accuracy", "hard"]
    assert chosen == "assistant  .600 (.590, .610) of 1,200"


def test_slices_have_a_line_each() -> None:
    _, all_requests, explicit, _, head, *_ = slices_table(COMPARISON).splitlines()
    assert all_requests.startswith(ALL)
    assert explicit.startswith("explicit  .800 (.790, .810)")
    assert head.split() == ["requests", "accuracy", "hard", "corrected"]


def test_differences_are_of_all_requests_and_kinds() -> None:
    [line] = difference_lines(COMPARISON).splitlines()
    assert " ".join(line.split()) == (
        "assistant minus bm25 all 1,200 requests recall@10 +0.460 (+0.450 to +0.470)"
    )


def test_what_must_be_zero_and_how_long_stages_take() -> None:
    outside, unsupported, parse = guard_lines(COMPARISON).splitlines()
    assert " ".join(outside.split()) == "out of catalogue 0.0000 (-0.0100 to 0.0100) of 1,200 answers"
    assert unsupported.startswith("unsupported claims")
    assert " ".join(parse.split()) == "assistant parse p50 1.00 ms p95 2.00 ms p99 3.00 ms"


def test_who_read_the_requests_is_a_share_and_a_count() -> None:
    metrics = dict.fromkeys((BY_MODEL, *FALLBACKS), 0.0) | {BY_MODEL: 0.75, DEADLINE: 0.25}
    metrics |= {TOKENS_IN: 400.0, TOKENS_OUT: 30.5, USD: 0.001}
    means = tuple(mean(ASSISTANT, ALL, metric, value) for metric, value in metrics.items())
    head, line = model_table(COMPARISON._replace(means=(*COMPARISON.means, *means))).splitlines()
    assert head.split()[:5] == ["requests", "read", "by", "the", "model"]
    assert line.startswith("all       .750 (.740, .760) 900  .250 (.240, .260) 300")
    assert line.split()[-3:] == ["480,000", "36,600", "1.2000"]


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (0.05, "The language model is worth it"),
        (-0.05, "The graph without a language model wins"),
        (0.005, "No difference is shown"),
        (-0.005, "No difference is shown"),
    ],
)
def test_it_is_said_if_the_graph_without_a_model_wins(difference: float, sentence: str) -> None:
    differences = (mean(RULES, ALL, RECALL, difference), *COMPARISON.differences)
    assert conclusion(COMPARISON._replace(differences=differences)).startswith(sentence)
