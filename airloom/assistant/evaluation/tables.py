"""An evaluation as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airloom.assistant.evaluation.comparison import (
    ALL,
    ASSISTANT,
    PERCENTILES,
    RULES,
    AnswererComparison,
    Mean,
)
from airloom.assistant.evaluation.evaluate import (
    ACCURACY,
    CONDITIONS,
    CORRECTED,
    HIT,
    NDCG,
    OUTSIDE,
    RECALL,
    RELAXED,
    UNSUPPORTED,
)
from airloom.assistant.evaluation.model_replies import FALLBACKS
from airloom.assistant.evaluation.model_use import BY_MODEL, TOKENS_IN, TOKENS_OUT, USD
from airloom.text_table import aligned

OPEN = (RECALL, NDCG, HIT, CONDITIONS)
"""Metrics of answers from the whole catalogue."""


def answerers_table(comparison: AnswererComparison) -> str:
    """Return one line for each answerer, over all requests, and another for its choices from lists."""
    here = [mean for mean in comparison.means if mean.where == ALL]
    names = [mean.answerer for mean in here]
    return _tables(here, names, [OPEN, _lists(here)], "answerer")


def slices_table(comparison: AnswererComparison) -> str:
    """Return lines for each slice of the requests, of the assistant."""
    own = [mean for mean in comparison.means if mean.answerer == ASSISTANT]
    names = [mean.where for mean in own]
    return _tables(own, names, [OPEN, [*_lists(own), CORRECTED, RELAXED]], "requests")


def difference_lines(comparison: AnswererComparison) -> str:
    """Return the assistant minus each other answerer: recall of all requests and kinds, choices of all."""
    lines = [
        f"{ASSISTANT} minus {mean.answerer:<12} {mean.where:<14} {mean.requests:>6,} requests   "
        f"{mean.metric} {mean.estimate.signed()}"
        for mean in comparison.differences
        if (mean.metric == RECALL and "," not in mean.where)
        or (mean.metric.startswith(ACCURACY) and mean.where == ALL)
    ]
    return "\n".join(lines)


def guard_lines(comparison: AnswererComparison) -> str:
    """Return what must be 0, and how long each stage takes."""
    lines = [
        f"{mean.metric:<20} {mean.estimate.mean:.4f} "
        f"({mean.estimate.low:.4f} to {mean.estimate.high:.4f}) of {mean.requests:,} answers"
        for mean in comparison.means
        if mean.answerer == ASSISTANT and mean.where == ALL and mean.metric in (OUTSIDE, UNSUPPORTED)
    ]
    named = [f"p{percentile}" for percentile in PERCENTILES]
    lines += [
        f"{answerer} {stage:<10} "
        + "  ".join(f"{name} {value:.2f} ms" for name, value in zip(named, values, strict=True))
        for answerer in (ASSISTANT, RULES)
        for stage, values in comparison.milliseconds.get(answerer, {}).items()
    ]
    return "\n".join(lines)


def model_table(comparison: AnswererComparison) -> str:
    """Return who read the requests of each slice, why not the model, and what it took."""
    own = {
        (mean.where, mean.metric): mean
        for mean in comparison.means
        if mean.answerer == ASSISTANT and mean.metric in (BY_MODEL, *FALLBACKS, TOKENS_IN, TOKENS_OUT, USD)
    }
    rows = [["requests", BY_MODEL, *FALLBACKS, TOKENS_IN, TOKENS_OUT, "dollars"]]
    for where in dict.fromkeys(where for where, _ in own):
        shares = [own[where, metric] for metric in (BY_MODEL, *FALLBACKS)]
        sums = [_sum(own[where, metric]) for metric in (TOKENS_IN, TOKENS_OUT, USD)]
        counted = [f"{_share(mean)} {_sum(mean):,.0f}" for mean in shares]
        rows.append([where, *counted, f"{sums[0]:,.0f}", f"{sums[1]:,.0f}", f"{sums[2]:.4f}"])
    return aligned(list(zip(*rows, strict=True)))


def conclusion(comparison: AnswererComparison) -> str:
    """Return whether the model that reads requests is worth it, by the recall of all requests."""
    [mean] = [
        mean
        for mean in comparison.differences
        if (mean.answerer, mean.where, mean.metric) == (RULES, ALL, RECALL)
    ]
    numbers = f"{RECALL} with the model minus rules {mean.estimate.signed()}"
    if mean.estimate.low > 0:
        return f"The language model is worth it: {numbers}."
    if mean.estimate.high < 0:
        return f"The graph without a language model wins: {numbers}."
    return f"No difference is shown, and the graph without a language model costs nothing: {numbers}."


def _sum(mean: Mean) -> float:
    return mean.estimate.mean * mean.requests


def _lists(means: Iterable[Mean]) -> list[str]:
    return list(dict.fromkeys(mean.metric for mean in means if mean.metric.startswith(ACCURACY)))


def _share(mean: Mean) -> str:
    """Return a mean with its interval.

    >>> from airloom.ranking.evaluation.intervals import Estimate
    >>> _share(Mean("assistant", "all", "hit@1", 1796, Estimate(0.651, 0.629, 1.0)))
    '.651 (.629, 1.000)'
    """
    mean_, low, high = (f"{value:.3f}".removeprefix("0") for value in mean.estimate)
    return f"{mean_} ({low}, {high})"


def _tables(means: Sequence[Mean], names: Sequence[str], parts: Sequence[Sequence[str]], head: str) -> str:
    """Return a table for each part of the metrics that any of the means is about."""
    known = {mean.metric for mean in means}
    shown = [[metric for metric in part if metric in known] for part in parts]
    return "\n\n".join(_table(means, names, metrics, head) for metrics in shown if metrics)


def _table(means: Sequence[Mean], names: Sequence[str], metrics: Sequence[str], head: str) -> str:
    """Return a line for each name and a column for each metric; how many requests where it is their first."""
    cells = {(name, mean.metric): mean for name, mean in zip(names, means, strict=True)}
    rows = [[head, *metrics]]
    for name in dict.fromkeys(names):
        row = [name]
        for metric in metrics:
            mean = cells.get((name, metric))
            text = "" if mean is None else _share(mean)
            if mean is not None and metric == metrics[0]:
                text += f" of {mean.requests:,}"
            row.append(text)
        rows.append(row)
    return aligned(list(zip(*rows, strict=True)))
