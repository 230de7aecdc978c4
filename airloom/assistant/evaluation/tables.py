"""An evaluation as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airloom.assistant.evaluation.comparison import ALL, ASSISTANT, PERCENTILES, AnswererComparison, Mean
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
from airloom.text_table import aligned

RANKING = (RECALL, NDCG, HIT)


def answerers_table(comparison: AnswererComparison) -> str:
    """Return one line for each answerer, over all requests."""
    here = [mean for mean in comparison.means if mean.where == ALL]
    return _table(here, [mean.answerer for mean in here], [*RANKING, *_lists(here), CONDITIONS], "answerer")


def slices_table(comparison: AnswererComparison) -> str:
    """Return one line for each slice of the requests, of the assistant."""
    own = [mean for mean in comparison.means if mean.answerer == ASSISTANT]
    metrics = [RECALL, HIT, *_lists(own), CONDITIONS, CORRECTED, RELAXED]
    return _table(own, [mean.where for mean in own], metrics, "requests")


def difference_lines(comparison: AnswererComparison) -> str:
    """Return the assistant minus each control over all requests and over each kind."""
    lines = [
        f"{ASSISTANT} minus {mean.answerer:<12} {mean.where:<14} {mean.requests:>6,} requests   "
        f"{mean.metric} {mean.estimate.signed()}"
        for mean in comparison.differences
        if mean.metric == RECALL and "," not in mean.where
    ]
    return "\n".join(lines)


def guard_lines(comparison: AnswererComparison) -> str:
    """Return what must be 0, and how long each stage takes."""
    lines = [
        f"{mean.metric:<20} {mean.estimate.mean:.4f} of {mean.requests:,} answers"
        for mean in comparison.means
        if mean.answerer == ASSISTANT and mean.where == ALL and mean.metric in (OUTSIDE, UNSUPPORTED)
    ]
    named = [f"p{percentile}" for percentile in PERCENTILES]
    lines += [
        f"{stage:<20} "
        + "  ".join(f"{name} {value:.2f} ms" for name, value in zip(named, values, strict=True))
        for stage, values in comparison.milliseconds[ASSISTANT].items()
    ]
    return "\n".join(lines)


def _lists(means: Iterable[Mean]) -> list[str]:
    return list(dict.fromkeys(mean.metric for mean in means if mean.metric.startswith(ACCURACY)))


def _table(means: Sequence[Mean], names: Sequence[str], metrics: Sequence[str], head: str) -> str:
    """Return a line for each name and a column for each metric, with the interval of the first one."""
    cells = {(name, mean.metric): mean for name, mean in zip(names, means, strict=True)}
    rows = [[head, *metrics]]
    for name in dict.fromkeys(names):
        row = [name]
        for metric in metrics:
            mean = cells.get((name, metric))
            text = "" if mean is None else f"{mean.estimate.mean:.3f}"
            if mean is not None and metric == RECALL:
                text += f" ({mean.estimate.low:.3f} to {mean.estimate.high:.3f}) of {mean.requests:,}"
            row.append(text)
        rows.append(row)
    return aligned(list(zip(*rows, strict=True)))
