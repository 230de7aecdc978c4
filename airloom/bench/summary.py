"""From places to numbers: means over seeds and cases, intervals over users, paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.bench.protocol import Contest
from airloom.bench.results import (
    ALL,
    Circumstances,
    Difference,
    FullScore,
    Measured,
    ModelResult,
    Results,
    Score,
)
from airloom.ranking.evaluation.evaluate import CUTS
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals
from airloom.ranking.evaluation.metrics import hit_rate, ndcg

_LEADING: Final = (("hr", 10), ("ndcg", 10))
_Metrics = dict[tuple[str, int], NDArray[np.float64]]


def summarised(
    found: Contest,
    measured: Sequence[Measured],
    *,
    pairs: Sequence[tuple[str, str]],
    slices: Mapping[str, NDArray[np.bool_]],
    full_rows: NDArray[np.int64],
    circumstances: Circumstances,
    intervals: Resampling,
) -> Results:
    """Put the places of all models together.

    Args:
        found: What was ranked.
        measured: The models; the order is kept.
        pairs: Which model is compared with which; pairs with a model that was not measured are left out.
        slices: Bool [n] by name, as from `airloom.bench.slices.slices`; empty ones are left out.
        full_rows: int64 [rows], the cases that `Measured.full` is about.
        circumstances: Where and how.
        intervals: How to make them; every number sees the same resamples of users.
    """
    domains, of_case = sorted(set(found.domain_of_case)), np.array(found.domain_of_case)
    masks = {ALL: np.ones(len(of_case), np.bool_), **{name: of_case == name for name in domains}}
    masks |= {name: mask for name, mask in slices.items() if mask.any()}
    values = {model.name: _by_seed(model.ranks) for model in measured}
    known = [(of, minus) for of, minus in pairs if of in values and minus in values]

    scores: dict[str, dict[str, Score]] = {model.name: {} for model in measured}
    differences: dict[tuple[str, str], list[Difference]] = {pair: [] for pair in known}
    for where, mask in masks.items():
        columns = [values[model.name][metric][:, mask] for model in measured for metric in _LEADING]
        # seed by seed, as models with one seed may share an encoder; what has one seed only faces them all
        columns += [
            (values[of][metric] - values[minus][metric])[:, mask]
            for of, minus in known
            for metric in _LEADING
        ]
        estimates = iter(mean_intervals(columns, found.users[mask], intervals))
        for model in measured:
            scores[model.name][where] = _score(
                values[model.name], mask, hr10=next(estimates), ndcg10=next(estimates)
            )
        for pair in known:
            said = Difference(*pair, where, int(mask.sum()), hr10=next(estimates), ndcg10=next(estimates))
            differences[pair].append(said)

    models = [
        ModelResult(
            model,
            test={where: scores[model.name][where] for where in (*domains, ALL)},
            full=_full(model.full, of_case[full_rows], found.users[full_rows], intervals),
            slices={where: scores[model.name][where] for where in slices if where in masks},
        )
        for model in measured
    ]
    dataset = {
        **circumstances.dataset,
        "cases": len(found.cases),
        "users": len(np.unique(found.users)),
        "candidates": float(np.mean([len(some) for some in found.candidates])),
        "digest": found.digest,
    }
    settings = {**circumstances.settings, "intervals": asdict(intervals)}
    return Results(
        replace(circumstances, dataset=dataset, settings=settings),
        domains,
        models,
        [difference for pair in known for difference in differences[pair]],
        intervals,
    )


def _by_seed(ranks: Sequence[NDArray[np.int64]]) -> _Metrics:
    """Each metric of each case with each seed, float64 [seeds, n]."""
    seeds = np.stack(ranks)
    hits = {("hr", k): hit_rate(seeds, k) for k in CUTS}
    return hits | {("ndcg", k): ndcg(seeds, k) for k in CUTS}


def _score(values: _Metrics, mask: NDArray[np.bool_], *, hr10: Estimate, ndcg10: Estimate) -> Score:
    return Score(
        int(mask.sum()),
        {k: float(values["hr", k][:, mask].mean()) for k in CUTS},
        {k: float(values["ndcg", k][:, mask].mean()) for k in CUTS},
        hr10,
        ndcg10,
        values["hr", 10][:, mask].mean(axis=1).tolist(),
    )


def _full(
    ranks: Sequence[NDArray[np.int64]],
    of_case: NDArray[np.str_],
    users: NDArray[np.int64],
    intervals: Resampling,
) -> dict[str, FullScore]:
    if not ranks:
        return {}
    values = _by_seed(ranks)
    scores = {}
    for domain in np.unique(of_case):
        mine = of_case == domain
        columns = [values[metric][:, mine] for metric in _LEADING]
        scores[str(domain)] = FullScore(int(mine.sum()), *mean_intervals(columns, users[mine], intervals))
    return scores
