"""What only a simulation can know: how right the intents are, and how much better a variant really is."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from airloom.experiments.readout import ReadoutSettings
from airloom.intents.answers import ENCODER
from airloom.intents.distill import distill
from airloom.intents.linking.resolve_objects import ObjectIntents, resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.logs.contract import EVENTS, EXPOSURES, OBJECTS, ORDER
from airloom.logs.lake import Lake
from airloom.simulation.truth import judge
from pipelines.demo.shoppers import ServedDay

ORGANIC_GMV = """
    select coalesce(sum(e.quantity * e.unit_price), 0)
    from events e join (select user_id, min(ts) as first from exposures group by user_id) x using (user_id)
    where e.action = $order and e.request_id is null and e.ts >= x.first
"""


def true_lift(lake: Lake, served: Sequence[ServedDay], readout: ReadoutSettings) -> float:
    """The relative effect of the first treatment on GMV per user, over all luck.

    What shoppers buy elsewhere once they take part is the same under every variant; what their pages earn is
    the mean that the simulation knows: (elsewhere + pages of treatment) / (elsewhere + pages of control) - 1.
    """
    expected: dict[str, float] = defaultdict(float)
    for day in served:
        for variant, gmv in day.expected_gmv.items():
            expected[variant] += gmv
    tables = {
        "events": lake.dataset(lake.landing(EVENTS), since=readout.first_day),
        "exposures": lake.dataset(lake.landing(EXPOSURES), since=readout.first_day),
    }
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            connection.register(name, rows)
        found = connection.execute(ORGANIC_GMV, {"order": ORDER}).fetchone()
    elsewhere = float(found[0]) if found else 0.0
    treatment, control = expected[readout.treatments[0]], expected[readout.experiment.control]
    return (elsewhere + treatment) / (elsewhere + control) - 1


def judge_intents(lake: Lake, *, day: date, control: Path) -> dict[str, dict[str, Any]]:
    """Hit, precision and recall of the served intents, of each reasoner's share, and of the encoder alone.

    Args:
        lake: Where the demo ran.
        day: The day whose objects are judged.
        control: Folder of a lake of its own, in which the encoder reads every title.

    Returns:
        Name to judgement by language: `served`, `recorded` (videos that the LLM answered), `encoder` (the
        others), and `encoder alone` (the control: all videos).
    """
    encoder = SentenceEncoder()
    settings = LinkingSettings()
    leaves = _leaves(resolve_objects(lake, through=day, encoder=encoder, settings=settings))
    answers = IntentStore(lake).read()
    by_encoder = set(answers.filter(pa.compute.equal(answers["reasoner"], ENCODER))["object_id"].to_pylist())

    alone = Lake(control)
    shutil.copytree(lake.path("embeddings"), alone.path("embeddings"), dirs_exist_ok=True)
    for delivered in lake.days(OBJECTS):
        alone.write(OBJECTS, delivered, lake.read(OBJECTS, since=delivered, through=delivered))
    distill(alone, day=day, settings=DistillSettings(), shard=0, shards=1)
    groups: dict[str, Mapping[str, list[tuple[str, float]]]] = {
        "served": leaves,
        "recorded": {video: found for video, found in leaves.items() if video not in by_encoder},
        "encoder": {video: found for video, found in leaves.items() if video in by_encoder},
        "encoder alone": _leaves(resolve_objects(alone, through=day, encoder=encoder, settings=settings)),
    }
    return {
        name: {group: judgement._asdict() for group, judgement in judge(found).items()}
        for name, found in groups.items()
    }


def _leaves(intents: ObjectIntents) -> dict[str, list[tuple[str, float]]]:
    """Object id to (leaf label, weight), strongest first, each leaf once."""
    labels = intents.nodes.labels
    found: dict[str, list[tuple[str, float]]] = {}
    for row in intents.table.to_pylist():
        weights: dict[str, float] = defaultdict(float)
        end = 0
        for length, confidence in zip(row["lengths"], row["confidences"], strict=True):
            end += length
            weights[labels[row["nodes"][end - 1]]] += confidence
        found[row["object_id"]] = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return found
