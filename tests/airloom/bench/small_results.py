from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from airloom.bench.eval_cases import EvalCases, draw_eval_cases
from airloom.bench.results import ModelMeasurement, Results, RunContext
from airloom.bench.summary import summarize_results
from airloom.logs.contract import CONTENT_ACTIONS, ORDER
from airloom.ranking.evaluation.intervals import Resampling
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.training.examples import Example

DOMAINS = ["film"] * 10 + ["food"] * 40 + ["kitchen"] * 30
IS_PRODUCT = np.array(DOMAINS) != "film"
CONTEXT = RunContext({"name": "small", "split": "test"}, {"cores": 2}, "abc1234", {"negatives": 20})
INTERVALS = Resampling(resamples=200)


def case(user: str, target: int, *, seen: Sequence[int] = (0, 1, 2)) -> Example:
    """Somebody who watched the films and ordered the products of `seen`, one a second."""
    actions = [ACTION_CODE[ORDER if IS_PRODUCT[row] else CONTENT_ACTIONS[0]] for row in seen]
    history = UserHistory(np.array(seen, np.int32), np.array(actions, np.int8), np.arange(len(seen)))
    return Example(user, history, target, len(seen), 1.0)


def small_eval_cases(
    cases: Sequence[Example] | None = None, *, negatives: int = 20, seed: int = 1
) -> EvalCases:
    """By default 20 users with two cases each, one of food and one of kitchen things."""
    if cases is None:
        cases = [case(f"u{user}", target + user) for user in range(20) for target in (10, 50)]
    return draw_eval_cases(cases, domains=DOMAINS, is_product=IS_PRODUCT, negatives=negatives, seed=seed)


def small_results(names: Sequence[str] = ("air", "air_without_intents", "popularity")) -> Results:
    """Made-up ranks: the first model is the best, each next one is worse; pairs are the first with each."""
    eval_cases, rng = small_eval_cases(), np.random.default_rng(3)
    count = len(eval_cases.examples)
    measurements = [
        ModelMeasurement(
            name,
            [rng.integers(1, 6 + 15 * index, count) for _ in range(2)],
            full=[rng.integers(1, 60, 10)],
            seconds_training=12.0 * index,
            seconds_ranking=1.0,
            memory_mb=300.0,
        )
        for index, name in enumerate(names)
    ]
    return summarize_results(
        eval_cases,
        measurements,
        pairs=[(names[0], name) for name in names[1:]],
        slices={"rare items": np.arange(count) % 3 == 0, "new users": np.zeros(count, np.bool_)},
        full_rows=np.arange(10),
        context=CONTEXT,
        intervals=INTERVALS,
    )
