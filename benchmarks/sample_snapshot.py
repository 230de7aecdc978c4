"""A snapshot of the sample world by the project's own steps, without validation and Feast, in a minute."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from airloom.files import atomic_dir
from airloom.intents.distill import distill
from airloom.intents.encoding import TextEncoder, embed_titles
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings
from airloom.llm.prompt import read_prompt
from airloom.logs.changes import latest_rows
from airloom.logs.contract import EVENTS, OBJECTS, USERS
from airloom.logs.lake import Lake
from airloom.ranking.assemble import assemble
from airloom.ranking.snapshot import Snapshot
from airloom.simulation.catalogue import prompt, recorded_replies
from airloom.simulation.history import deliver_history
from airloom.simulation.settings import WorldSettings
from airloom.simulation.world import World
from airloom.statistics.cooccurrence import CooccurrenceSettings, cooccurrence
from airloom.statistics.popularity import PopularitySettings, popularity
from airloom.timestamps import end_of


def sample_snapshot(lake: Lake, *, shoppers: int, recorded: bool) -> Snapshot:
    """Fill an empty lake with the sample world and build the snapshot as of the end of its last day.

    Args:
        lake: An empty lake; clean events, intents and nodes are there afterwards.
        shoppers: Size of the world.
        recorded: Read videos by the recorded answers of a language model; what has none, and without this
            everything, is read by the sentence encoder.
    """
    days = fill_lake(lake, shoppers=shoppers)
    if recorded:
        import_recorded(lake)
    return snapshot_of(lake, day=days[-1], encoder=SentenceEncoder())


def fill_lake(lake: Lake, *, shoppers: int, seed: int = WorldSettings.seed) -> list[date]:
    """Write the clean logs of a sample world to an empty lake; its days, ascending."""
    world = World(WorldSettings(shoppers=shoppers, served_days=0, seed=seed))
    deliver_history(world, lake)
    for table in (OBJECTS, USERS, EVENTS):
        for day in lake.days(lake.landing(table)):
            lake.write(table, day, lake.read(lake.landing(table), since=day, through=day))
    return world.settings.history


def kept_lake(folder: Path, *, shoppers: int, seed: int) -> Lake:
    """Return the lake of a sample world with the recorded answers, filled if `folder` does not exist."""
    if not folder.exists():
        with atomic_dir(folder) as unfinished:
            fill_lake(Lake(unfinished), shoppers=shoppers, seed=seed)
            import_recorded(Lake(unfinished))
    return Lake(folder)


def import_recorded(lake: Lake) -> None:
    """Import the recorded answers of a language model into the lake's store."""
    import_answers(lake, recorded_replies(), model="recorded-llm", prompt=read_prompt(prompt()).version)


def snapshot_of(
    lake: Lake, *, day: date, encoder: TextEncoder, reader: TextEncoder | None = None
) -> Snapshot:
    """Read the atoms that are new and build the snapshot as of the end of `day` from a lake of clean logs.

    Args:
        lake: Where the logs are.
        day: The last day that is known.
        encoder: Of the snapshot's texts, and for linking.
        reader: Reads the atoms; by default the encoders that the encoder reasoner has.
    """
    before = end_of(day)
    distill(lake, day=day, settings=DistillSettings(), encoder=reader)
    resolved = resolve_objects(lake, through=day, encoder=encoder, settings=LinkingSettings())
    objects = latest_rows(lake, OBJECTS, through=day)
    vectors = embed_titles(lake, objects, encoder=encoder)["embedding"].cast(pa.list_(pa.float32()))
    profiles = objects.append_column("embedding", vectors)
    for name in ("published_at", "retired_at"):
        profiles = profiles.set_column(profiles.column_names.index(name), name, _seconds(profiles[name]))
    stock = pc.fill_null(profiles["stock"], -1)
    profiles = profiles.set_column(profiles.column_names.index("stock"), "stock", stock)
    return assemble(
        nodes=resolved.nodes,
        profiles=profiles,
        intents=resolved.table,
        popularity=popularity(lake, before=before, settings=PopularitySettings()),
        neighbors=cooccurrence(lake, before=before, settings=CooccurrenceSettings()),
        before=before,
        versions={"encoder": encoder.name},
    )


def _seconds(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    whole = pc.floor_temporal(moments, unit="second").cast(pa.timestamp("s", tz="UTC"))
    return pc.fill_null(whole.cast(pa.int64()), -1)
