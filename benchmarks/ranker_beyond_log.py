"""What behaviors beyond the log add to the ranker on the sample world, beside controls in their place.

    python benchmarks/ranker_beyond_log.py --json FILE

The ranker is trained on the labels of two days and evaluated on the orders of the next two, in lists of the
whole shop. Its stack is then fitted again for each arm: with generated behaviors, item-CF's first products,
random products of the same popularity, and another shopper's. Differences are paired, over shoppers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from airloom.bench.inferred_arms import GENERATED, ITEM_CF, OTHER_USER, POPULAR
from airloom.bench.model_factory import ModelFactory, ModelSettings
from airloom.bench.provenance import commit, machine
from airloom.bench.training_data import TrainingData
from airloom.files import check_writable, write_text
from airloom.intents.encoding import TextEncoder
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.logs.lake import Lake
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.evaluate import compare
from airloom.ranking.evaluation.served_lists import ListRanks, rank_served_lists
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.training.settings import LabelWeights
from benchmarks.sample_snapshot import fill_lake, import_recorded
from benchmarks.sample_world_intents import ORDERS, WINDOW, Window, label_window

NONE: Final = "none"
ARMS: Final = (GENERATED, ITEM_CF, POPULAR, OTHER_USER)


def main() -> None:
    """Run, and print the differences."""
    options = _parser().parse_args()
    if options.json:
        check_writable(options.json)
    settings = ModelSettings()
    fit = replace(settings.generator.fit, epochs=options.epochs)
    generator = replace(settings.generator, fit=fit, max_sequences=options.sequences)
    with TemporaryDirectory(prefix="airloom-") as folder:
        windows = two_windows(
            Lake(Path(folder)), shoppers=options.shoppers, seed=options.seed, encoder=SentenceEncoder()
        )
    results = measure(*windows, replace(settings, generator=generator)) | {
        "shoppers": options.shoppers,
        "seed": options.seed,
        "machine": machine(),
        "commit": commit(),
    }
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")
    print(summary(results))


def two_windows(lake: Lake, *, shoppers: int, seed: int, encoder: TextEncoder) -> tuple[Window, Window]:
    """Fill an empty lake with a sample world; return labels of two days, and orders of the two days after."""
    days = fill_lake(lake, shoppers=shoppers, seed=seed)
    import_recorded(lake)
    taught, judged = (
        label_window(lake, begin=begin, weights=weights, encoder=encoder)
        for begin, weights in ((days[-2 * WINDOW], LabelWeights()), (days[-WINDOW], ORDERS))
    )
    return taught, judged


def measure(taught: Window, judged: Window, settings: ModelSettings) -> dict[str, Any]:
    """Return the figures of the ranker without behaviors and of every arm, and how far each arm is above."""
    seed, examples, snapshot = settings.training.seed, judged.examples, judged.past.snapshot
    factory = ModelFactory(TrainingData(taught.examples, taught.past, judged.past), settings)
    candidates = Candidates(snapshot)
    ranked = rank_served_lists({NONE: factory.air_trained(seed).ranker}, examples, candidates)
    ranks, arms = dict(ranked.ranks), {}
    for arm in ARMS:
        trained = factory.air_trained(seed, inferred=arm)
        inferring = factory.with_behaviors(examples, arm, seed, serving=True)
        ranks |= rank_served_lists({arm: trained.ranker}, inferring, candidates).ranks
        arms[arm] = {
            "behaviors": float(np.mean([len(example.history.inferred.products) for example in inferring])),
            "weight": trained.ranker.stage.weights.inferred,
            "held_out_loss": trained.held_out.mean,
        }
    all_ranked, evaluation = ListRanks(ranked.lists, ranks), EvaluationSettings()
    comparisons = {arm: compare(all_ranked, examples, evaluation, leader=arm) for arm in ARMS}
    return {
        "orders": len(examples),
        "labels": len(taught.examples),
        "arms": arms,
        "models": comparisons[GENERATED]["models"],
        "differences": {arm: comparison["differences"] for arm, comparison in comparisons.items()},
    }


def summary(results: Mapping[str, Any]) -> str:
    """Return the figures as lines of text."""
    lines = [f"{results['labels']} labels, {results['orders']} orders"]
    for name, figures in results["models"].items():
        line = f"{name:12} HR@10 {figures['hr10']:.3f}  NDCG@10 {figures['ndcg10']:.3f}"
        if name in results["arms"]:
            arm = results["arms"][name]
            line += f"  weight {arm['weight']:.3f}  {arm['behaviors']:.1f} behaviors"
        lines.append(line)
    for arm, differences in results["differences"].items():
        for other, figures in differences.items():
            hits = figures["hr10"]
            lines.append(f"{arm} - {other}: {hits['mean']:+.3f} [{hits['low']:+.3f}, {hits['high']:+.3f}]")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shoppers", type=int, default=3000, help="size of the world (3000)")
    parser.add_argument("--seed", type=int, default=101, help="of the world; not the demo's (101)")
    parser.add_argument("--epochs", type=int, default=12, help="of the generators, at most (12)")
    parser.add_argument("--sequences", type=int, default=30_000, help="of an epoch of a generator (30000)")
    parser.add_argument("--json", type=Path, help="also write all numbers there")
    return parser


if __name__ == "__main__":
    main()
