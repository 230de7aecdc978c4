"""The leaderboard of the public datasets, from every result of `airloom bench --json` that was kept.

    python -m benchmarks.leaderboard            writes benchmarks/results/LEADERBOARD.md
    python -m benchmarks.leaderboard --check    fails if that file says something else

The newest run of a dataset comes first; older ones stay below it, whatever they say.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.files import write_text

RESULTS: Final = Path(__file__).parent / "results"
BOARD: Final = RESULTS / "LEADERBOARD.md"
HEAD: Final = """# Leaderboard

Written by `python -m benchmarks.leaderboard` from the files beside it; do not edit. HR@10 with 95% intervals
and NDCG@10 on the test split, each target among 999 other products of its own domain, ties against it.
Best first, by the mean of the domains. [Ranking](../../docs/explanation/ranking.md) describes the models.
"""


class KeptRun(NamedTuple):
    """One kept run: the file that it came from and what is in it."""

    file: str
    result: Mapping[str, Any]


def main() -> None:
    """Write the leaderboard, or check it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is out of date")
    text = leaderboard(kept_runs(RESULTS))
    if not parser.parse_args().check:
        write_text(BOARD, text)
        print(BOARD)
    elif text != BOARD.read_text(encoding="utf-8"):
        sys.exit(f"{BOARD} is out of date: run python -m benchmarks.leaderboard")


def kept_runs(folder: Path) -> list[KeptRun]:
    """Return the runs of `airloom bench` on test splits in `folder`, newest first."""
    read = [
        KeptRun(file.name, json.loads(file.read_text(encoding="utf-8"))) for file in folder.glob("*.json")
    ]
    ours = [run for run in read if {"dataset", "models"} <= set(run.result)]
    return sorted((run for run in ours if run.result["dataset"]["split"] == "test"), reverse=True)


def leaderboard(runs: Sequence[KeptRun]) -> str:
    """Return the whole document: a chapter for each dataset, a table for each run."""
    lines = [HEAD]
    by_dataset = sorted(runs, key=_dataset)
    for name, mine in groupby(by_dataset, key=_dataset):
        lines.append(f"## {name}\n")
        for run in mine:
            lines += _markdown_lines(run)
    return "\n".join(lines)


def _dataset(run: KeptRun) -> str:
    return str(run.result["dataset"]["name"])


def _markdown_lines(run: KeptRun) -> Iterator[str]:
    dataset, machine = run.result["dataset"], run.result["machine"]
    versions = ", ".join(f"{key} {value}" for key, value in dataset["versions"].items() if value)
    hardware = f"{machine['processor']}, {machine['cores']} cores"
    if "jobs" in machine:
        hardware += f", {machine['jobs']} at once"
    commit, cases = run.result["commit"], f"{dataset['cases']:,} cases"
    yield f"`{run.file}`: commit `{commit}`, {hardware}, {cases}, {versions}\n"
    domains = [where for where in run.result["models"][0]["test"] if where != "all"]
    head = ["model", "seeds", *(f"{where} {metric}" for where in domains for metric in ("HR@10", "NDCG@10"))]
    yield f"| {' | '.join([*head, 'seconds, all seeds'])} |"
    yield f"|{'---|' * (len(head) + 1)}"
    for model in sorted(run.result["models"], key=lambda model: -_mean(model, domains)):
        cells = [model["name"], str(model["seeds"])]
        for where in domains:
            score = model["test"][where]
            low, high = score["hr10_ci"]
            cells += [f"{score['hr10']:.3f} ({low:.3f} to {high:.3f})", f"{score['ndcg10']:.3f}"]
        yield f"| {' | '.join([*cells, format(model['seconds'], ',.0f')])} |"
    yield ""


def _mean(model: Mapping[str, Any], domains: Sequence[str]) -> float:
    return sum(float(model["test"][where]["hr10"]) for where in domains) / len(domains)


if __name__ == "__main__":
    main()
