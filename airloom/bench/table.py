"""The results as a terminal shows them: one row per model, then what sets two models apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from airloom.bench.results import ALL, Results
from airloom.text_table import aligned

MAX_DOMAINS = 2  # domains that fit beside each other; of more, only all together are shown


def results_table(results: Results) -> str:
    """Return HR@10 with its interval and NDCG@10 by domain, and seconds; `*` marks the best of a column."""
    domains = results.domains if len(results.domains) <= MAX_DOMAINS else [ALL]
    columns = [["model", *(model.name for model in results.models)]]
    for where in domains:
        scores = [model.test[where] for model in results.models]
        hits, gains = (
            _marked([score.hr10.mean for score in scores]),
            _marked([score.ndcg10.mean for score in scores]),
        )
        between = [f" ({score.hr10.low:.3f} to {score.hr10.high:.3f})" for score in scores]
        columns.append([f"{where} HR@10", *map("".join, zip(hits, between, strict=True))])
        columns.append(["NDCG@10", *gains])
    columns.append(["seconds", *(f"{model.seconds:>7,.0f}" for model in results.models)])
    return aligned(columns)


def difference_lines(results: Results) -> str:
    """Return each pair of models with one line for all targets, for each domain and for each slice."""
    width = max((len(difference.where) for difference in results.differences), default=0)
    lines = []
    for (of, minus), group in groupby(
        results.differences, key=lambda difference: (difference.of, difference.minus)
    ):
        lines.append(f"{of} minus {minus}")
        lines += [
            f"  {difference.where:<{width}} {difference.targets:>7,} targets"
            f"   HR@10 {difference.hr10.signed()}   NDCG@10 {difference.ndcg10.signed()}"
            for difference in group
        ]
    return "\n".join(lines)


def _marked(values: Sequence[float]) -> list[str]:
    """Return three decimals and a star for the best, a space for the others to keep them aligned."""
    return [f"{value:.3f}{'*' if value == max(values) else ' '}" for value in values]
