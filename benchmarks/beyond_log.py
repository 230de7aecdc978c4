"""Whether inferred behaviors foretell purchases better than item-CF, on the sample world's hidden truth.

    python -m benchmarks.beyond_log --home DIR --json FILE

A generator is trained on the log before a day. For every shopper it proposes at most 20 products, and so do
item-CF, random products of the same popularity, and the generator for another shopper. What they then order
of products that they never touched is covered or not; a purchase is judged apart if its lifestyles do not
show in the shopper's log yet, and if the shopper has nevertheless taken one of them up, which only the
simulation knows. Differences are paired, with intervals over shoppers.

A home keeps the lake and the generator after each epoch, so a run that was stopped goes on where it was; it
is of one version of the code.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.bench.provenance import commit, machine
from airloom.beyond_log.behavior_source import BehaviorSource
from airloom.beyond_log.controls import AnotherUsers, ItemCfBehaviors, PopularityMatchedRandom
from airloom.beyond_log.fit_generator import fit_generator
from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.beyond_log.infer import BEHAVIOR_ROWS, infer_behaviors
from airloom.beyond_log.recall import FIRST_20
from airloom.beyond_log.selection import Selection
from airloom.beyond_log.settings import GeneratorTrainingSettings, SamplingSettings
from airloom.files import check_writable, write_text
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.logs.contract import CLICK, EVENTS, ORDER, VIEW
from airloom.logs.lake import Lake
from airloom.progress import say
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.training_view import TrainingView
from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.settings import WorldSettings
from airloom.simulation.shoppers import BLOCK
from airloom.simulation.truth import ENTERTAINMENT, load_truth
from airloom.simulation.world import World
from benchmarks.sample_snapshot import kept_lake, snapshot_of
from benchmarks.sample_world_intents import histories_before

JUDGED_DAYS: Final = 3
SHOWN_BY: Final = 3
"""Views of a lifestyle's videos by which a log shows it; chance alone brings about one."""
HISTORY_EVENTS: Final = 50
SPEED_CHUNK: Final = 2048


class JudgedPurchases(NamedTuple):
    """Orders of products that a shopper never touched before, each once.

    Attributes:
        users: int64 [n], rows of the histories.
        products: int64 [n], rows of the snapshot.
        slices: bool [n] by name.
    """

    users: NDArray[np.int64]
    products: NDArray[np.int64]
    slices: dict[str, NDArray[np.bool_]]


class Case(NamedTuple):
    """What is known before the judged days, and what is ordered on them."""

    view: TrainingView
    histories: pa.Table
    purchases: JudgedPurchases


def main() -> None:
    """Run, and print the coverage."""
    options = _parser().parse_args()
    if options.json:
        check_writable(options.json)
    settings = GeneratorTrainingSettings()
    with nullcontext(options.home) if options.home else TemporaryDirectory(prefix="airloom-") as folder:
        home = Path(folder) / f"world-{options.shoppers}-{options.seed}"
        case = prepare(home / "lake", shoppers=options.shoppers, seed=options.seed)
        started = time.process_time()
        generator, fitted = fit_generator(case.view, settings, checkpoint=home / "generator.safetensors")
        trained = time.process_time() - started
    source = GeneratedBehaviors(generator, case.view.snapshot, SamplingSettings())
    results = measure(case, source) | {
        "speed": speed(case, source, users=options.speed),
        "shoppers": options.shoppers,
        "seed": options.seed,
        "training_cpu_seconds": round(trained, 1),
        "held_out_recall_at_20": [round(1 - epoch.held_out_error, 4) for epoch in fitted.curve],
        "parameters": sum(weights.numel() for weights in generator.network.parameters()),
        "machine": machine(),
        "commit": commit(),
    }
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")
    print(summary(results))


def prepare(folder: Path, *, shoppers: int, seed: int) -> Case:
    """Split a sample world before the judged days; its lake is made if `folder` does not exist."""
    lake = kept_lake(folder, shoppers=shoppers, seed=seed)
    world = World(WorldSettings(shoppers=shoppers, served_days=0, seed=seed))
    days = world.settings.history
    begin = days[-JUDGED_DAYS]
    snapshot = snapshot_of(lake, day=begin - timedelta(days=1), encoder=SentenceEncoder())
    view = TrainingView.read(lake, snapshot, days=len(days))
    histories = histories_before(lake, begin).sort_by("user_id")
    return Case(view, histories, _purchases(lake, world, snapshot, histories, days))


def measure(case: Case, source: BehaviorSource) -> dict[str, Any]:
    """Return the coverage of `source` and of the controls, and how far it is above each."""
    snapshot, histories = case.view.snapshot, case.histories
    ids = histories["user_id"].to_pylist()
    past = [
        snapshot.history(*columns)
        for columns in zip(
            *(histories[name].to_pylist() for name in ("object_ids", "actions", "timestamps")), strict=True
        )
    ]
    item_cf = ItemCfBehaviors(snapshot)
    rules, none = Selection(snapshot), Selection(snapshot, FIRST_20)
    arms: dict[str, tuple[BehaviorSource, Selection]] = {
        "generated": (source, rules),
        "generated, no rules": (source, none),
        "item-CF": (item_cf, rules),
        "item-CF, first 20": (item_cf, none),
        "random, as popular": (PopularityMatchedRandom(source, snapshot), none),
        "another shopper's": (AnotherUsers(source, ids, past), rules),
    }
    covered, arm_figures = {}, {}
    for number, (name, (arm, selection)) in enumerate(arms.items(), 1):
        say(f"arm {number} of {len(arms)}: {name}")
        started = time.perf_counter()
        chunks = list(infer_behaviors(arm, selection, snapshot, histories.to_batches(), now=snapshot.before))
        table = pa.concat_tables([BEHAVIOR_ROWS.empty_table(), *(chunk.table for chunk in chunks)])
        proposed = np.array([chunk.proposed for chunk in chunks])
        covered[name] = _covered(case, table)
        arm_figures[name] = {
            "behaviors": round(len(table) / len(histories), 2),
            "seconds": round(time.perf_counter() - started, 1),
            "rejected": {
                rule: round(float(np.average([c.rejected[rule] for c in chunks], weights=proposed)), 4)
                for rule in chunks[0].rejected
            },
        }
    both = covered["generated"] | covered["item-CF, first 20"]
    return {
        "arms": arm_figures,
        "users": len(histories),
        "slices": {
            name: _compared(covered | {"item-CF or generated": both}, case.purchases.users, rows)
            for name, rows in case.purchases.slices.items()
            if rows.any()
        },
    }


def speed(case: Case, source: BehaviorSource, *, users: int) -> dict[str, Any]:
    """Return the processor time of inferring the behaviors of users with random histories."""
    snapshot, rng = case.view.snapshot, np.random.default_rng(0)
    ids, now = np.array(snapshot.objects.ids, object), int(snapshot.before)
    selection, begin, inferred = Selection(snapshot), time.process_time(), 0
    for start in range(0, users, SPEED_CHUNK):
        count = min(SPEED_CHUNK, users - start)
        rows = rng.integers(0, len(ids), (count, HISTORY_EVENTS))
        content = pa.RecordBatch.from_pydict(
            {
                "user_id": [f"u{start + user}" for user in range(count)],
                "object_ids": [ids[row].tolist() for row in rows],
                "actions": [
                    [CLICK if product else VIEW for product in snapshot.objects.is_product[row]]
                    for row in rows
                ],
                "timestamps": [list(range(now - HISTORY_EVENTS, now))] * count,
            }
        )
        for part in infer_behaviors(source, selection, snapshot, [content], now=snapshot.before):
            inferred += part.users
    seconds = time.process_time() - begin
    return {
        "users": inferred,
        "cpu_seconds": round(seconds, 1),
        "cpu_hours_of_a_million": round(seconds / inferred * 1e6 / 3600, 2),
    }


def summary(results: Mapping[str, Any]) -> str:
    """Return the figures as lines of text."""
    lines = []
    for name, arm in results["arms"].items():
        rejected = "  ".join(f"{rule} {share:.3f}" for rule, share in arm["rejected"].items())
        lines.append(f"{name:22} {arm['behaviors']:5.1f} a shopper, {arm['seconds']} s  {rejected}")
    for name, figures in results["slices"].items():
        lines.append(f"\n{name}: {figures['purchases']} purchases")
        lines += [f"  {arm:22} {share:.4f}" for arm, share in figures["covered"].items()]
        lines += [
            f"  generated - {arm:22} {gap['mean']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]"
            for arm, gap in figures["generated_minus"].items()
        ]
    timed = results["speed"]
    lines.append(
        f"\n{timed['users']} random histories: {timed['cpu_seconds']} s of one processor, "
        f"{timed['cpu_hours_of_a_million']} hours for a million"
    )
    return "\n".join(lines)


def _compared(
    covered: Mapping[str, NDArray[np.bool_]], users: NDArray[np.int64], rows: NDArray[np.bool_]
) -> dict[str, Any]:
    others = [name for name in covered if name != "generated"]
    gaps = [covered["generated"][rows].astype(float) - covered[name][rows] for name in others]
    estimates = mean_intervals(gaps, users[rows], Resampling())
    return {
        "purchases": int(rows.sum()),
        "covered": {name: round(float(values[rows].mean()), 4) for name, values in covered.items()},
        "generated_minus": {
            name: estimate._asdict() for name, estimate in zip(others, estimates, strict=True)
        },
    }


def _covered(case: Case, table: pa.Table) -> NDArray[np.bool_]:
    """Return which purchases are among the behaviors of their shopper, bool [n]."""
    index, known = case.view.snapshot.index, case.histories["user_id"].combine_chunks()
    users = pc.index_in(table["user_id"], value_set=known).to_numpy().astype(np.int64)
    products = np.array([index[object_id] for object_id in table["object_id"].to_pylist()], np.int64)
    count = len(index)
    wanted = case.purchases.users * count + case.purchases.products
    return np.isin(wanted, users * count + products)


def _purchases(
    lake: Lake, world: World, snapshot: Snapshot, histories: pa.Table, days: list[date]
) -> JudgedPurchases:
    begin = days[-JUDGED_DAYS]
    columns = ["user_id", "ts", "action", "object_id"]
    known = histories["user_id"].combine_chunks()
    past = _rows(lake.read(EVENTS, through=begin - timedelta(days=1), columns=columns), snapshot, known)
    later = lake.read(EVENTS, since=begin, columns=columns)
    users, products, order = _rows(later.filter(pc.equal(later["action"], ORDER)), snapshot, known)
    count = len(snapshot.objects.ids)
    keys, first = np.unique(users * count + products, return_index=True)
    fresh = ~np.isin(keys, past[0] * count + past[1]) & snapshot.objects.active[keys % count]
    kept = first[fresh]
    users, products = users[kept], products[kept]
    dates = pc.cast(later.filter(pc.equal(later["action"], ORDER))["ts"], pa.date32()).take(
        pa.array(order[kept])
    )
    truth, catalogue = load_truth(), load_catalogue()
    leaf_of = dict(zip(catalogue.product_ids, catalogue.product_leaves.tolist(), strict=True))
    leaves = np.array([leaf_of[snapshot.objects.ids[row]] for row in products.tolist()])
    of_leaf = truth.weights.T[leaves] > 0  # [n, lifestyles]
    lifestyle = dict(zip(catalogue.content_ids, truth.content.tolist(), strict=True))
    of_object = np.array([lifestyle.get(object_id, ENTERTAINMENT) for object_id in snapshot.objects.ids])
    views = np.zeros((len(histories), len(truth.lifestyles)), np.int64)
    watched = of_object[past[1]] != ENTERTAINMENT
    np.add.at(views, (past[0][watched], of_object[past[1][watched]]), 1)
    shown = (of_leaf & (views[users] >= SHOWN_BY)).any(axis=1)
    of_some = of_leaf.any(axis=1)
    felt = _felt(world, known, users, dates.to_pylist())
    taken_up = (of_leaf & felt & (views[users] < SHOWN_BY)).any(axis=1)
    return JudgedPurchases(
        users,
        products,
        {
            "all": np.ones(len(users), np.bool_),
            "lifestyle shown": of_some & shown,
            "lifestyle not shown": of_some & ~shown,
            "lifestyle not shown, but taken up": of_some & ~shown & taken_up,
        },
    )


def _felt(world: World, known: pa.Array, users: NDArray[np.int64], dates: list[date]) -> NDArray[np.bool_]:
    """Return which lifestyles the shopper of each order had on its day and the five before, bool [n, L]."""
    felt = np.zeros((len(users), len(load_truth().lifestyles)), np.bool_)
    numbers = [int(user_id[1:]) for user_id in known.take(pa.array(users)).to_pylist()]
    for row, (number, day) in enumerate(zip(numbers, dates, strict=True)):
        block, shopper = divmod(number, BLOCK)
        last = world.settings.day_number(day)
        for before in range(max(last - 5, 0), last + 1):
            lifestyles, weights = world.block(block).felt(before)
            felt[row, lifestyles[shopper][weights[shopper] > 0]] = True
    return felt


def _rows(
    events: pa.Table, snapshot: Snapshot, known: pa.Array
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return rows of users, of objects, and of the events, for those events that have both."""
    users = pc.fill_null(pc.index_in(events["user_id"], value_set=known), -1).to_numpy()
    ids = pa.array(snapshot.objects.ids)
    objects = pc.fill_null(pc.index_in(events["object_id"], value_set=ids), -1).to_numpy()
    kept = np.flatnonzero((users >= 0) & (objects >= 0))
    return users[kept].astype(np.int64), objects[kept].astype(np.int64), kept


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shoppers", type=int, default=3000, help="size of the world")
    parser.add_argument("--seed", type=int, default=WorldSettings.seed, help="of the world")
    parser.add_argument("--speed", type=int, default=50_000, help="random histories that are timed")
    parser.add_argument("--home", type=Path, help="where lake and fit are kept; by default they are not")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    return parser


if __name__ == "__main__":
    main()
