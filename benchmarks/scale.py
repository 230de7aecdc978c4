"""How memory, start and pages grow with the catalogue, and reads of users with their number.

    python -m benchmarks.scale --json FILE
    python -m benchmarks.scale --products 10000 100000 --users 10000

Catalogues are made up: random titles' vectors of 384 numbers, 5,000 nodes in three levels, three paths and 20
neighbors an object, one content item for ten products; the ranker has random weights and knows the first
10,000 products. Every size is loaded by two processes, one after the other, as the service does it: the first
makes what follows from a snapshot and keeps it beside it, the second finds it there and ranks pages. Users
have 100 events each, in Feast's sqlite store.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import torch
from feast.protos.feast.types.Value_pb2 import Int64List, StringList, Value
from numpy.typing import NDArray

from airloom.bench.provenance import commit, machine
from airloom.files import check_writable, write_text
from airloom.intents.linking.nodes import CATEGORY, MAX_DEPTH, Nodes
from airloom.logs.contract import CLICK, ORDER, VIEW
from airloom.progress import progress
from airloom.ranking.air import AirRanker
from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.encoder.network import EncoderNetwork
from airloom.ranking.encoder.towers import Towers
from airloom.ranking.forest import Forest
from airloom.ranking.history import UserHistory
from airloom.ranking.inputs import FEATURES
from airloom.ranking.network import RankingNetwork
from airloom.ranking.second_stage import SecondStage, StackWeights
from airloom.ranking.settings import RankerSettings
from airloom.ranking.snapshot import Neighbors, ObjectPaths, Objects, Snapshot
from airloom.ranking.texts import Texts
from airloom.timestamps import SECONDS_PER_DAY, EpochSeconds, to_datetime
from feature_repo.online import UserHistoryReader, entity_key
from feature_repo.store import apply, open_store

PRODUCTS: Final = (10_000, 100_000, 1_000_000)
USERS: Final = (10_000, 100_000, 1_000_000)
DIMENSIONS: Final = 384
TOPS, MIDS, LEAVES = 20, 10, 24
"""Nodes: the number at the top, below each of these, and below each of those."""
PATHS, NEIGHBORS, EVENTS = 3, 20, 100
CONTENT: Final = 0.1
PAGES, READS, WARM_UP = 300, 3_000, 20
NOW: Final = EpochSeconds(1_772_366_400)
BATCH_SIZE: Final = 2_000
MIB: Final = 2**20


def main() -> None:
    """Measure every size, and print how things grow."""
    options = _parser().parse_args()
    if options.load:
        print(json.dumps(loaded(options.load, options.ranker)))
        return
    if options.json:
        check_writable(options.json)
    with TemporaryDirectory(prefix="airloom-", dir=options.folder) as folder:
        catalogues = list(catalogues_of(Path(folder), options.products))
        users = [users_of(Path(folder) / f"users-{count}", count) for count in options.users]
    exponents = growth(catalogues, users)
    result = {
        "catalogues": catalogues,
        "users": users,
        "growth": exponents,
        "machine": machine(),
        "commit": commit(),
    }
    if options.json:
        write_text(options.json, json.dumps(result, indent=2) + "\n")
    for row in (*catalogues, *users):
        print("  ".join(f"{name} {value:,}" for name, value in row.items()))
    for name, exponent in exponents.items():
        print(f"{name} grows with the power {exponent:.2f}")


def catalogues_of(folder: Path, sizes: Sequence[int]) -> Iterator[dict[str, float]]:
    """Yield a row for each size, measured by a process that has done nothing else."""
    ranker = folder / "ranker"
    for count in progress(sizes, what="catalogues", unit="sizes"):
        snapshot = made_up(count).save(folder / "snapshots")
        if not ranker.exists():
            save_ranker(snapshot, ranker)
        stored = folder / "snapshots" / snapshot.digest
        del snapshot
        first, second = (_loaded_elsewhere(stored, ranker) for _ in range(2))
        made = {"made_seconds": first["ready_seconds"], "made_peak_mib": first["peak_mib"]}
        yield {"products": count, **made, **second}


def _loaded_elsewhere(stored: Path, ranker: Path) -> dict[str, float]:
    """Return what `loaded` measures in another process."""
    command = [sys.executable, "-m", "benchmarks.scale", "--load", str(stored), "--ranker", str(ranker)]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ourselves
    figures: dict[str, float] = json.loads(process.stdout.splitlines()[-1])
    return figures


def loaded(stored: Path, ranker: Path) -> dict[str, float]:
    """Load a snapshot and its ranker as the service does, and rank pages."""
    torch.set_num_threads(1)
    before, began = _memory(), time.perf_counter()
    snapshot = Snapshot.load(stored, keep=True)
    assert snapshot.index  # noqa: S101 - computed at first use, which a request should not wait for
    mapped = time.perf_counter() - began
    air = AirRanker.load(ranker, snapshot)
    candidates = Candidates(snapshot, CandidateSettings())
    ready = time.perf_counter() - began
    after = _memory()
    rng = np.random.default_rng(0)
    products = snapshot.products
    figures: dict[str, float] = {
        "map_seconds": round(mapped, 2),
        "ready_seconds": round(ready, 2),
        "anonymous_mib": round(after["RssAnon"] - before["RssAnon"]),
        "mapped_mib": round(after["RssFile"] - before["RssFile"]),
        "peak_mib": round(after["VmHWM"]),
        "disk_mib": round(sum(file.stat().st_size for file in stored.rglob("*.*")) / MIB),
    }
    ids = snapshot.objects.ids
    histories = [
        snapshot.history([ids[row] for row in rows], actions, timestamps)
        for rows, actions, timestamps in (_history(rng, len(ids)) for _ in range(PAGES))
    ]
    for count in (100, 300):
        given = [rng.choice(products, count, replace=False) for _ in histories]
        pages = zip(histories, given, strict=True)
        taken = [
            _milliseconds(partial(air.rank, history=one, candidates=rows, now=NOW)) for one, rows in pages
        ]
        figures |= _percentiles(f"given_{count}", taken)

    def proposed(history: UserHistory) -> None:
        air.rank(history=history, candidates=candidates.propose(history, NOW), now=NOW)

    figures |= _percentiles("proposed", [_milliseconds(partial(proposed, one)) for one in histories])
    figures["anonymous_after_pages_mib"] = round(_memory()["RssAnon"] - before["RssAnon"])
    return figures


def users_of(lake: Path, count: int) -> dict[str, float]:
    """Fill a sqlite store with users, and read some of them."""
    lake.mkdir()
    store = open_store(lake=str(lake))
    apply(store, lake=str(lake))
    view, at = store.get_feature_view("user_history"), to_datetime(NOW)
    rng = np.random.default_rng(0)
    values = []
    for _ in range(100):
        rows, actions, timestamps = _history(rng, 100_000)
        values.append(
            {
                "object_ids": Value(string_list_val=StringList(val=[f"p{row:07d}" for row in rows])),
                "actions": Value(string_list_val=StringList(val=actions)),
                "timestamps": Value(int64_list_val=Int64List(val=timestamps)),
            }
        )
    began = time.perf_counter()
    for start in progress(range(0, count, BATCH_SIZE), what=f"{count:,} users", unit="batches"):
        batch = range(start, min(start + BATCH_SIZE, count))
        written = [(entity_key(f"u{user:08d}"), values[user % 100], at, None) for user in batch]
        store.provider.online_write_batch(store.config, view, written, None)
    filled = time.perf_counter() - began
    read = UserHistoryReader(store, timeout_s=1.0)
    some = rng.choice(count, min(count, READS), replace=False).tolist()
    taken = [_milliseconds(partial(read, f"u{user:08d}")) for user in some]
    assert len(read(f"u{some[0]:08d}").object_ids) == EVENTS  # noqa: S101 - or nothing was measured
    return {
        "users": count,
        **_percentiles("read", taken),
        "fill_seconds": round(filled, 1),
        "disk_mib": round((lake / "feast" / "online.db").stat().st_size / MIB),
    }


def growth(catalogues: Sequence[dict[str, float]], users: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the exponent with which each measure grows by size: the slope in a log-log plot."""
    exponents = {}
    for rows, size, names in (
        (
            catalogues,
            "products",
            ("given_100_p50_ms", "given_300_p50_ms", "proposed_p50_ms", "ready_seconds"),
        ),
        (users, "users", ("read_p50_ms",)),
    ):
        for name in names if len(rows) > 1 else ():
            sizes, measured = (np.log([row[key] for row in rows]) for key in (size, name))
            exponents[f"{name} by {size}"] = round(float(np.polyfit(sizes, measured, 1)[0]), 3)
    return exponents


def made_up(products: int) -> Snapshot:
    """Return a catalogue with a number of products, the same every time."""
    rng = np.random.default_rng(products)
    nodes = _nodes()
    leaves = np.flatnonzero(nodes.levels == 2)
    count = products + int(CONTENT * products)
    is_product = np.arange(count) < products
    chosen = rng.choice(leaves, (count, PATHS))
    mids = nodes.parents[chosen]
    paths = np.stack([nodes.parents[mids], mids, chosen], axis=2).reshape(-1, 3)
    padded = np.full((len(paths), MAX_DEPTH), -1, np.int32)
    padded[:, :3] = paths
    embeddings = _unit(rng, count)
    return Snapshot(
        nodes=nodes,
        objects=Objects(
            ids=[f"{'p' if own else 'c'}{row:07d}" for row, own in enumerate(is_product)],
            titles=[f"A product that is called number {row}" for row in range(count)],
            is_product=is_product,
            active=is_product,
            leaves=np.where(is_product, chosen[:, 0], -1).astype(np.int32),
            prices=np.where(is_product, rng.lognormal(3, 1, count), np.nan).astype(np.float32),
            popularity=rng.pareto(1.5, count).astype(np.float32),
            embeddings=embeddings,
        ),
        texts=Texts.of(embeddings, nodes.embeddings),
        paths=ObjectPaths(
            np.arange(count + 1, dtype=np.int64) * PATHS,
            padded,
            rng.uniform(0.3, 1.0, len(paths)).astype(np.float32),
        ),
        neighbors=Neighbors(
            np.arange(count + 1, dtype=np.int64) * NEIGHBORS,
            rng.integers(0, products, count * NEIGHBORS, dtype=np.int32),
            np.tile(np.linspace(1.0, 0.1, NEIGHBORS, dtype=np.float32), count),
        ),
        before=EpochSeconds(NOW - 3600),
        versions={},
    )


def save_ranker(snapshot: Snapshot, folder: Path) -> None:
    """Save a ranker with random weights in the registry's format."""
    torch.manual_seed(0)
    settings = RankerSettings()
    network = RankingNetwork(settings.network, text_dimensions=DIMENSIONS)
    encoders = {}
    for name, tower in settings.towers.trained().items():
        ids = snapshot.objects.ids if tower.use_ids else []
        nodes = len(snapshot.nodes.labels)
        encoder = EncoderNetwork(tower, objects=len(ids), nodes=nodes, text_dimensions=DIMENSIONS)
        encoders[name] = SequenceEncoder(encoder, ids, snapshot)
    stage = SecondStage(network, random_forest(), StackWeights(0.5, 0.5, 0.1, 0.1))
    AirRanker(stage, Towers(encoders), settings, snapshot).save(folder)


def random_forest(*, trees: int = 150, splits: int = 14) -> Forest:
    """Return trees of the default size with random columns, thresholds and values."""
    rng = np.random.default_rng(0)
    size = 2 * splits + 1
    inner = np.arange(splits)  # of a complete binary tree
    children = np.tile(np.arange(trees * size).reshape(trees, size, 1), 2)
    children[:, :splits] = children[:, :1] + np.column_stack([2 * inner + 1, 2 * inner + 2])
    is_inner = np.tile(np.arange(size) < splits, trees)
    return Forest.of(
        roots=np.arange(trees) * size,
        features=np.where(is_inner, rng.integers(0, len(FEATURES), trees * size), 0),
        thresholds=rng.normal(size=trees * size),
        children=children.reshape(-1, 2),
        values=np.where(is_inner, 0.0, rng.normal(size=trees * size)),
    )


def _nodes() -> Nodes:
    mids, leaves = TOPS * MIDS, TOPS * MIDS * LEAVES
    parents = np.concatenate(
        [np.full(TOPS, -1), np.arange(mids) // MIDS, TOPS + np.arange(leaves) // LEAVES]
    ).astype(np.int32)
    levels = np.repeat([0, 1, 2], [TOPS, mids, leaves]).astype(np.int8)
    labels = [f"node {node}" for node in range(len(parents))]
    kinds = np.full(len(parents), CATEGORY, np.int8)
    return Nodes(labels, parents, levels, kinds, _unit(np.random.default_rng(1), len(parents)))


def _unit(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    vectors = rng.standard_normal((count, DIMENSIONS), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _history(rng: np.random.Generator, objects: int) -> tuple[list[int], list[str], list[int]]:
    """Return a hundred events of the last three days."""
    rows = rng.integers(0, objects, EVENTS).tolist()
    actions = rng.choice([VIEW, CLICK, ORDER], EVENTS, p=[0.7, 0.25, 0.05]).tolist()
    return rows, actions, sorted((NOW - 1 - rng.integers(0, 3 * SECONDS_PER_DAY, EVENTS)).tolist())


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - began)


def _percentiles(name: str, milliseconds: Sequence[float]) -> dict[str, float]:
    """Return percentiles of all values but the first, which is the warm-up."""
    p50, p99 = np.percentile(milliseconds[WARM_UP:], [50, 99])
    return {f"{name}_p50_ms": round(float(p50), 3), f"{name}_p99_ms": round(float(p99), 3)}


def _memory() -> dict[str, float]:
    """Return this process's memory in MiB: its own, mapped files, and the peak of both together."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    fields = (line.split(":") for line in lines)
    wanted = ("RssAnon", "RssFile", "VmHWM")
    return {name: int(value.split()[0]) / 1024 for name, value in fields if name in wanted}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", nargs="+", type=int, default=list(PRODUCTS), help="sizes of catalogues")
    parser.add_argument("--users", nargs="+", type=int, default=list(USERS), help="numbers of users")
    parser.add_argument("--folder", type=Path, help="where 5 GB may be written for a while")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ranker", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
