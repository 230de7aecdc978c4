"""What only a simulation can know: how right the intents are, and how much better a variant really is."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.results import GMV
from airloom.intents.answers import ENCODER
from airloom.intents.distill import distill
from airloom.intents.linking.resolve_objects import ObjectIntents, resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.logs.contract import EVENTS, EXPOSURES, OBJECTS, ORDER
from airloom.logs.lake import Lake
from airloom.simulation.truth import IntentQuality, measure_intent_quality
from pipelines.demo.served_days import ServedDay

ORGANIC_GMV: Final = """
    select coalesce(sum(e.quantity * e.unit_price), 0)
    from events e join (select user_id, min(ts) as first from exposures group by user_id) x using (user_id)
    where e.action = $order and e.request_id is null and e.ts >= x.first
"""


def true_lift(lake: Lake, served: Sequence[ServedDay], readout: AnalysisSettings) -> float | None:
    """Return the first treatment's relative effect on GMV per user, on average over all luck.

    What shoppers buy elsewhere once they take part is the same under every variant; what their pages earn is
    the mean that the simulation knows: (elsewhere + pages of treatment) / (elsewhere + pages of control) - 1.

    None if another metric is primary: the simulation knows the mean of GMV only.
    """
    if readout.primary != GMV:
        return None
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
        organic = connection.execute(ORGANIC_GMV, {"order": ORDER}).fetchone()
    elsewhere = float(organic[0]) if organic else 0.0
    treatment, control = expected[readout.treatments[0]], expected[readout.experiment.control]
    return (elsewhere + treatment) / (elsewhere + control) - 1


def compare_reasoners(lake: Lake, *, day: date, control: Path) -> dict[str, dict[str, IntentQuality]]:
    """Return the quality of the served intents, of each reasoner's share, and of only the encoder.

    Args:
        lake: Where the demo ran.
        day: The day whose objects are compared.
        control: Folder of a separate lake, in which the encoder reads every title.

    Returns:
        Name to quality by language: `served`, `recorded` (videos that the recorded LLM answered), `local llm`
        (videos that a model behind a server answered, where there are any), `encoder` (the others), and
        `encoder alone` (the control: all videos).
    """
    encoder = SentenceEncoder()
    settings = LinkingSettings()
    leaves = leaves_of(resolve_objects(lake, through=day, encoder=encoder, settings=settings))
    answers = IntentStore(lake).read()
    by_encoder, by_server = (
        set(answers.filter(pa.compute.equal(answers["reasoner"], name))["object_id"].to_pylist())
        for name in (ENCODER, "openai")
    )

    encoder_lake = Lake(control)
    shutil.copytree(lake.path("embeddings"), encoder_lake.path("embeddings"), dirs_exist_ok=True)
    for delivered in lake.days(OBJECTS):
        encoder_lake.write(OBJECTS, delivered, lake.read(OBJECTS, since=delivered, through=delivered))
    distill(encoder_lake, day=day, settings=DistillSettings(), shard=0, shards=1)
    groups: dict[str, Mapping[str, list[tuple[str, float]]]] = {
        "served": leaves,
        "recorded": {
            video: labels for video, labels in leaves.items() if video not in by_encoder | by_server
        },
        "encoder": {video: labels for video, labels in leaves.items() if video in by_encoder},
        "encoder alone": leaves_of(
            resolve_objects(encoder_lake, through=day, encoder=encoder, settings=settings)
        ),
    }
    if by_server:
        groups["local llm"] = {video: labels for video, labels in leaves.items() if video in by_server}
    return {name: measure_intent_quality(labels) for name, labels in groups.items()}


def leaves_of(intents: ObjectIntents) -> dict[str, list[tuple[str, float]]]:
    """Return object id to (leaf label, weight), strongest first, each leaf once."""
    labels = intents.nodes.labels
    leaves: dict[str, list[tuple[str, float]]] = {}
    for row in intents.table.to_pylist():
        weights: dict[str, float] = defaultdict(float)
        end = 0
        for length, confidence in zip(row["lengths"], row["confidences"], strict=True):
            end += length
            weights[labels[row["nodes"][end - 1]]] += confidence
        leaves[row["object_id"]] = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return leaves
