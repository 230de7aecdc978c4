"""How much intents improve ranking where content predicts purchases, by the reasoner of the videos.

    python benchmarks/sample_world_intents.py --json FILE

The same ranker is trained on the same labels of the sample world with the intents of (1) an oracle that sees
the lifestyles behind the videos: the ceiling; (2) the recorded answers of a language model; (3) the sentence
encoder; and without any. All are evaluated on the same orders of the last two days, in lists of the whole
shop, paired, for cold and warm users and products.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.bench.provenance import commit, machine
from airloom.errors import AirloomError
from airloom.files import check_writable, write_text
from airloom.intents.encoding import TextEncoder
from airloom.intents.import_answers import import_answers
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.logs.contract import EVENTS
from airloom.logs.histories import HISTORY_COLUMNS, user_histories
from airloom.logs.lake import Lake
from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.evaluate import compare, target_slices
from airloom.ranking.evaluation.served_lists import rank_served_lists
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import EXAMPLES, Example, label_rows, read_examples
from airloom.ranking.training.settings import LabelWeights, TrainingSettings
from airloom.ranking.training.train import train
from airloom.ranking.training.training_view import TrainingView
from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.truth import ENTERTAINMENT, load_truth
from benchmarks.sample_snapshot import fill_lake, import_recorded, snapshot_of

READERS: Final = ("oracle", "recorded", "encoder")
WITHOUT: Final = "without intents"
WINDOW: Final = 2
"""Days whose labels teach, and the days after them whose orders judge."""
ORDERS: Final = LabelWeights(click=0.0, cart=0.0, order=1.0)


class Window(NamedTuple):
    """Labels of some days, and what was known before the first of them."""

    past: TrainingView
    examples: list[Example]


def main() -> None:
    """Run, and print the differences."""
    options = _parser().parse_args()
    if options.json:
        check_writable(options.json)
    settings = TrainingSettings()
    settings = replace(settings, fit=replace(settings.fit, threads=options.threads))
    settings = replace(
        settings,
        encoder=replace(settings.encoder, fit=replace(settings.encoder.fit, threads=options.threads)),
    )
    with TemporaryDirectory(prefix="airloom-") as folder:
        rankers, judged = trained_rankers(
            Path(folder),
            shoppers=options.shoppers,
            settings=settings,
            encoder=SentenceEncoder(threads=options.threads),
        )
    results = compared(rankers, judged)
    results |= {"shoppers": options.shoppers, "machine": machine(), "commit": commit()}
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")
    for name, figures in results["models"].items():
        print(f"{name:16} HR@10 {figures['hr10']:.3f}  NDCG@10 {figures['ndcg10']:.3f}")
    for reader, comparison in results["comparisons"].items():
        for other, figures in comparison.items():
            hits = figures["hr10"]
            print(f"{reader} - {other}: HR@10 {hits['mean']:+.3f} [{hits['low']:+.3f}, {hits['high']:+.3f}]")


def trained_rankers(
    home: Path,
    *,
    shoppers: int,
    settings: TrainingSettings,
    encoder: TextEncoder,
    reader_encoder: TextEncoder | None = None,
) -> tuple[dict[str, AirRanker], Window]:
    """Return a ranker for each reader, one without intents, and the examples that evaluate them.

    Args:
        home: Where the lakes are made.
        shoppers: Size of the world.
        settings: Of the training.
        encoder: Of the snapshots' texts.
        reader_encoder: Of the encoder reasoner; by default its own.
    """
    rankers: dict[str, AirRanker] = {}
    windows: list[Window] = []
    for reader in READERS:
        lake = Lake(home / reader)
        days = fill_lake(lake, shoppers=shoppers)
        if reader == "oracle":
            import_answers(lake, write_truth(home / "truth.jsonl"), model="oracle", prompt="none")
        elif reader == "recorded":
            import_recorded(lake)
        taught_from, judged_from = days[-2 * WINDOW], days[-WINDOW]
        taught = label_window(
            lake, begin=taught_from, weights=LabelWeights(), encoder=encoder, reader=reader_encoder
        )
        judged = label_window(lake, begin=judged_from, weights=ORDERS, encoder=encoder, reader=reader_encoder)
        chosen = {reader: settings} | ({WITHOUT: settings.without_intents()} if reader == READERS[-1] else {})
        for name, ranker_settings in chosen.items():
            rankers[name] = train(taught.examples, taught.past, judged.past, ranker_settings).ranker
        windows.append(judged)
    _check_the_same(windows)
    return rankers, windows[0]


def _check_the_same(windows: list[Window]) -> None:
    """Check that row numbers mean the same objects in all snapshots: rankers get rows of the first one."""
    first, *others = windows
    for other in others:
        if first.past.snapshot.objects.ids != other.past.snapshot.objects.ids:
            raise AirloomError("The worlds of the readers have different objects", do="Run it again")


def compared(rankers: dict[str, AirRanker], judged: Window) -> dict[str, Any]:
    """Return the figures of all rankers on the same orders, and how far each is above each other one."""
    settings, examples, snapshot = EvaluationSettings(), judged.examples, judged.past.snapshot
    ranked = rank_served_lists(rankers, examples, Candidates(snapshot))
    slices = {
        name: {"targets": int(rows.sum())} | compare(ranked, examples, settings, leader=WITHOUT, rows=rows)
        for name, rows in target_slices(examples, snapshot).items()
        if rows.any()
    }
    comparisons = {reader: compare(ranked, examples, settings, leader=reader) for reader in READERS}
    return {
        "orders": len(examples),
        "models": comparisons[READERS[0]]["models"],
        "comparisons": {reader: comparison["differences"] for reader, comparison in comparisons.items()},
        "slices": slices,
    }


def label_window(
    lake: Lake,
    *,
    begin: date,
    weights: LabelWeights,
    encoder: TextEncoder,
    reader: TextEncoder | None = None,
) -> Window:
    """Build the snapshot of the midnight before `begin`, and return the labels from then on; see `window`.

    Args:
        lake: A sample world.
        begin: The first day of the labels.
        weights: Of the labels.
        encoder: Of the snapshot's texts.
        reader: Reads the atoms; by default the encoders that the encoder reasoner has.
    """
    snapshot = snapshot_of(lake, day=begin - timedelta(days=1), encoder=encoder, reader=reader)
    return window(lake, snapshot, begin=begin, weights=weights)


def window(lake: Lake, snapshot: Snapshot, *, begin: date, weights: LabelWeights) -> Window:
    """Return the labels of `WINDOW` days from `begin`, each with its user's history at midnight before it."""
    past = TrainingView.read(lake, snapshot, days=(begin - lake.days(EVENTS)[0]).days)
    columns = ["user_id", "ts", "action", "object_id"]
    events = lake.read(EVENTS, since=begin, through=begin + timedelta(days=WINDOW - 1), columns=columns)
    labels = label_rows(events, weights, max_labels=8000, seed=17)
    days = pc.cast(labels["ts"], pa.date32())
    parts = []
    for number in range(WINDOW):
        day = begin + timedelta(days=number)
        own = labels.filter(pc.equal(days, pa.scalar(day)))
        known = histories_before(lake, day)
        rows = pc.index_in(own["user_id"], value_set=known["user_id"].combine_chunks())
        for name in HISTORY_COLUMNS:
            own = own.append_column(name, known[name].take(rows))
        parts.append(own.cast(EXAMPLES))
    examples = read_examples(pa.concat_tables(parts), snapshot)
    return Window(past, examples)


def histories_before(lake: Lake, day: date) -> pa.Table:
    """Return every user's newest events as they were at the beginning of `day`, one row per user."""
    rows = user_histories(lake, since=lake.days(EVENTS)[0], through=day - timedelta(days=1))
    numbered = rows.append_column("row", pa.array(np.arange(len(rows))))
    last = numbered.group_by("user_id", use_threads=False).aggregate([("row", "last")])["row_last"]
    return rows.take(last)


def write_truth(file: Path) -> Path:
    """Write an oracle's answers: the leaves that the people of a video's lifestyle buy."""
    catalogue, truth = load_catalogue(), load_truth()
    lines = []
    for row, object_id in enumerate(catalogue.content_ids):
        lifestyle = truth.content[row]
        paths: list[dict[str, Any]] = []
        if lifestyle != ENTERTAINMENT:
            weights = truth.weights[lifestyle] / truth.weights[lifestyle].max()
            best = np.argsort(-weights, kind="stable")[:5]
            paths = [
                {"labels": list(catalogue.leaves[leaf]), "confidence": round(0.9 * float(weights[leaf]), 4)}
                for leaf in best
                if weights[leaf] > 0
            ]
        lines.append(json.dumps({"id": object_id, "paths": paths}))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shoppers", type=int, default=3000, help="size of the world")
    parser.add_argument("--threads", type=int, default=2, help="of torch")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    return parser


if __name__ == "__main__":
    main()
