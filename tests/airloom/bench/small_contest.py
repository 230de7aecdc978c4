from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from airloom.bench.protocol import Contest, contest
from airloom.bench.results import Circumstances, Measured, Results
from airloom.bench.summary import summarised
from airloom.logs.contract import CONTENT_ACTIONS, ORDER
from airloom.ranking.evaluation.intervals import Resampling
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.training.examples import Example

DOMAINS = ["film"] * 10 + ["food"] * 40 + ["kitchen"] * 30
IS_PRODUCT = np.array(DOMAINS) != "film"
CIRCUMSTANCES = Circumstances({"name": "small", "split": "test"}, {"cores": 2}, "abc1234", {"negatives": 20})
INTERVALS = Resampling(resamples=200)


def case(user: str, target: int, *, seen: Sequence[int] = (0, 1, 2)) -> Example:
    """Somebody who watched the films and ordered the products of `seen`, one a second."""
    actions = [ACTION_CODE[ORDER if IS_PRODUCT[row] else CONTENT_ACTIONS[0]] for row in seen]
    history = UserHistory(np.array(seen, np.int32), np.array(actions, np.int8), np.arange(len(seen)))
    return Example(user, history, target, len(seen), 1.0)


def small_contest(cases: Sequence[Example] | None = None, *, negatives: int = 20, seed: int = 1) -> Contest:
    """By default 20 users with two cases each, one of food and one of kitchen things."""
    if cases is None:
        cases = [case(f"u{user}", target + user) for user in range(20) for target in (10, 50)]
    return contest(cases, domains=DOMAINS, is_product=IS_PRODUCT, negatives=negatives, seed=seed)


def small_results(names: Sequence[str] = ("air", "air_without_intents", "popularity")) -> Results:
    """Made-up places: the first model is the best, each next one is worse; pairs are the first with each."""
    found, rng = small_contest(), np.random.default_rng(3)
    cases = len(found.cases)
    measured = [
        Measured(
            name,
            [rng.integers(1, 6 + 15 * place, cases) for _ in range(2)],
            full=[rng.integers(1, 60, 10)],
            seconds_training=12.0 * place,
            seconds_ranking=1.0,
            memory_mb=300.0,
        )
        for place, name in enumerate(names)
    ]
    return summarised(
        found,
        measured,
        pairs=[(names[0], name) for name in names[1:]],
        slices={"rare items": np.arange(cases) % 3 == 0, "new users": np.zeros(cases, np.bool_)},
        full_rows=np.arange(10),
        circumstances=CIRCUMSTANCES,
        intervals=INTERVALS,
    )
