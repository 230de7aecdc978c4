"""From ranks to metrics: means over seeds and cases, intervals over users, paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.bench.eval_cases import EvalCases
from airloom.bench.results import (
    ALL,
    SAMPLED_CUTS,
    Difference,
    FullScore,
    ModelMeasurement,
    ModelResult,
    Results,
    RunContext,
    Score,
)
from airloom.ranking.evaluation.intervals import Estimate, Resampling, mean_intervals
from airloom.ranking.evaluation.metrics import hit_rate, list_metrics, ndcg

NEVER_TOUCHED: Final = "never touched before"
_LEADING: Final = (("hr", 10), ("ndcg", 10))
_Metrics = dict[tuple[str, int], NDArray[np.float64]]


def summarize_results(
    cases: EvalCases,
    measured: Sequence[ModelMeasurement],
    *,
    pairs: Sequence[tuple[str, str]],
    slices: Mapping[str, NDArray[np.bool_]],
    full_rows: NDArray[np.int64],
    context: RunContext,
    intervals: Resampling,
) -> Results:
    """Return the metrics of all models from their ranks.

    Args:
        cases: What was ranked.
        measured: The models; the order is kept.
        pairs: Which model is compared with which; pairs with a model that was not measured are left out.
        slices: Bool [n] by name, as from `airloom.bench.slices.slices`; empty ones are left out.
        full_rows: int64 [rows], the cases that `ModelMeasurement.full` is about.
        context: Where and how.
        intervals: How to make them; every number sees the same resamples of users.
    """
    domains, of_case = sorted(set(cases.domain_of_case)), np.array(cases.domain_of_case)
    masks = {ALL: np.ones(len(of_case), np.bool_), **{name: of_case == name for name in domains}}
    masks |= {name: mask for name, mask in slices.items() if mask.any()}
    values = {model.name: _by_seed(model.ranks) for model in measured}
    compared = [(of, minus) for of, minus in pairs if of in values and minus in values]

    scores: dict[str, dict[str, Score]] = {model.name: {} for model in measured}
    differences: dict[tuple[str, str], list[Difference]] = {pair: [] for pair in compared}
    for where, mask in masks.items():
        columns = [values[model.name][metric][:, mask] for model in measured for metric in _LEADING]
        # seed by seed, as models with one seed may share an encoder; what has one seed only faces them all
        columns += [
            (values[of][metric] - values[minus][metric])[:, mask]
            for of, minus in compared
            for metric in _LEADING
        ]
        estimates = iter(mean_intervals(columns, cases.users[mask], intervals))
        for model in measured:
            scores[model.name][where] = _score(
                values[model.name], mask, hr10=next(estimates), ndcg10=next(estimates)
            )
        for pair in compared:
            differences[pair].append(
                Difference(*pair, where, int(mask.sum()), hr10=next(estimates), ndcg10=next(estimates))
            )

    models = [
        ModelResult(
            model,
            test={where: scores[model.name][where] for where in (*domains, ALL)},
            full=_full(model.full, _full_masks(cases, full_rows), cases.users[full_rows], intervals),
            slices={where: scores[model.name][where] for where in slices if where in masks},
        )
        for model in measured
    ]
    dataset = {
        **context.dataset,
        "cases": len(cases.examples),
        "users": len(np.unique(cases.users)),
        "candidates": float(np.mean([len(candidates) for candidates in cases.candidates])),
        "digest": cases.digest,
    }
    settings = {**context.settings, "intervals": asdict(intervals)}
    return Results(
        replace(context, dataset=dataset, settings=settings),
        domains,
        models,
        [difference for pair in compared for difference in differences[pair]],
        intervals,
    )


def _by_seed(ranks: Sequence[NDArray[np.int64]]) -> _Metrics:
    """Return each metric of each case with each seed, float64 [seeds, n]."""
    seeds = np.stack(ranks)
    hits = {("hr", k): hit_rate(seeds, k) for k in SAMPLED_CUTS}
    return hits | {("ndcg", k): ndcg(seeds, k) for k in SAMPLED_CUTS}


def _score(values: _Metrics, mask: NDArray[np.bool_], *, hr10: Estimate, ndcg10: Estimate) -> Score:
    return Score(
        int(mask.sum()),
        {k: float(values["hr", k][:, mask].mean()) for k in SAMPLED_CUTS},
        {k: float(values["ndcg", k][:, mask].mean()) for k in SAMPLED_CUTS},
        hr10,
        ndcg10,
        values["hr", 10][:, mask].mean(axis=1).tolist(),
    )


def _full_masks(cases: EvalCases, rows: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Return which of some cases are of a domain, and which of these the user never touched before."""
    examples = [cases.examples[row] for row in rows]
    domains = np.array([cases.domain_of_case[row] for row in rows])
    touched = np.array([bool((case.history.objects == case.target).any()) for case in examples], np.bool_)
    masks = {}
    for domain in np.unique(domains).tolist():
        masks[domain] = domains == domain
        if (touched & masks[domain]).any():
            masks[f"{domain}, {NEVER_TOUCHED}"] = masks[domain] & ~touched
    return {where: mask for where, mask in masks.items() if mask.any()}


def _full(
    ranks: Sequence[NDArray[np.int64]],
    masks: Mapping[str, NDArray[np.bool_]],
    users: NDArray[np.int64],
    intervals: Resampling,
) -> dict[str, FullScore]:
    if not ranks:
        return {}
    count = len(users)
    of_seeds = [list_metrics(of_seed, np.arange(count)) for of_seed in ranks]
    values = {name: np.stack([metrics[name] for metrics in of_seeds]) for name in of_seeds[0]}
    scores = {}
    for where, mask in masks.items():
        columns = [values[f"{name}{k}"][:, mask] for name, k in _LEADING]
        hr10, ndcg10 = mean_intervals(columns, users[mask], intervals)
        means = {name: float(by_seed[:, mask].mean()) for name, by_seed in values.items()}
        scores[where] = FullScore(int(mask.sum()), hr10, ndcg10, means)
    return scores
