"""Builds the catalogue of a dataset from titles and training events: nodes, paths, neighbors, popularity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.bench.dataset import Items
from airloom.errors import AirloomError
from airloom.files import sha256_of
from airloom.intents.answers import INTENT_ANSWERS
from airloom.intents.atoms import Atom
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.reasoners.calibration import MINILM
from airloom.intents.reasoners.encoder import METHOD, EncoderReasoner
from airloom.intents.store import IntentStore
from airloom.llm.batch_files.import_lines import IMPORTED
from airloom.llm.outcome import Answer
from airloom.logs.changes import latest_rows
from airloom.logs.contract import COMMERCE, CONTENT, OBJECTS, VIEW
from airloom.logs.lake import Lake
from airloom.progress import say
from airloom.ranking.assemble import assemble
from airloom.ranking.snapshot import Snapshot
from airloom.settings import as_dict, formerly
from airloom.statistics.cooccurrence import CooccurrenceSettings, neighbor_graph, neighbors_table
from airloom.statistics.past_events import decay
from airloom.statistics.sequences import Sequences
from airloom.timestamps import SECONDS_PER_DAY, EpochSeconds

DAY: Final = date(2000, 1, 1)
"""On which all objects are delivered: these datasets do not say when."""
FOREVER: Final = 1e6
"""A half-life in days of what hardly fades: of two sums that would be equal, the newer one is larger."""


@dataclass(frozen=True)
class CatalogueSettings:
    """How the catalogue's tables are counted.

    Attributes:
        neighbors: How events make objects neighbors.
        popularity_half_life_days: After how many days a purchase counts half in popularity.
        linking: How labels become nodes.
    """

    neighbors: CooccurrenceSettings = field(
        default_factory=CooccurrenceSettings, metadata=formerly("neighbours")
    )
    popularity_half_life_days: float = FOREVER
    linking: LinkingSettings = field(default_factory=LinkingSettings, metadata=formerly("vocabulary"))


class CatalogueBuilder:
    """The objects of a dataset with their titles and intents, and snapshots of them.

    The sentence encoder reads titles once, into a lake below `home`; a second run finds them there. Products
    get categories from their titles (below their domain), content gets the answers in `intents`, and what has
    none there is read by the encoder reasoner.

    Args:
        items: Of the dataset.
        home: Folder to keep embeddings and nodes in.
        encoder: Encodes titles.
        intents: A file of answers (`airloom intents export`), also about products; None: only the encoder.
        settings: How to count.

    Attributes:
        folder: What is kept lies there.
        answered: Objects that have an answer in `intents`.

    Raises:
        AirloomError: `intents` cannot be read, or answers nothing about these objects.
    """

    def __init__(
        self,
        items: Items,
        *,
        home: Path,
        encoder: TextEncoder,
        intents: Path | None,
        settings: CatalogueSettings,
    ) -> None:
        self._items, self._settings, self._encoder = items, settings, encoder
        self.folder = home / _name(items, intents, encoder.name, settings.linking)
        lake = Lake(self.folder)
        lake.write(OBJECTS, DAY, _objects(items))
        self.answered = _import(lake, intents, items) if intents is not None else 0
        cache = EmbeddingCache(lake, encoder)
        _read_content(lake, cache)
        resolved = resolve_objects(lake, through=DAY, encoder=encoder, settings=settings.linking)
        self.nodes, self.intents = resolved.nodes, resolved.table
        self.versions = {"encoder": encoder.name, "intents": " ".join(IntentStore(lake).versions())}
        self._embeddings = cache.encode(items.titles)

    def snapshot(self, training: Sequences, *, before: EpochSeconds) -> Snapshot:
        """Return the snapshot that knows the events of `training` earlier than `before`, and no later one."""
        past = training.before(before)
        count = len(self._items.ids)
        ids = pa.array(self._items.ids, pa.string())
        links = neighbor_graph(past, count=count, before=before, settings=self._settings.neighbors)
        amounts = self._popularity(past, before)
        return assemble(
            nodes=self.nodes,
            profiles=self._profiles(ids),
            intents=self.intents,
            popularity=pa.table({"object_id": ids, "popularity": amounts}),
            neighbors=neighbors_table(links, ids),
            before=before,
            versions=self.versions,
        )

    def _popularity(self, past: Sequences, before: EpochSeconds) -> NDArray[np.float32]:
        ages = (before - past.timestamps) / SECONDS_PER_DAY
        worth = decay(ages, self._settings.popularity_half_life_days) * past.is_commerce
        return np.bincount(past.objects, worth, minlength=len(self._items.ids)).astype(np.float32)

    def _profiles(self, ids: pa.Array) -> pa.Table:
        count = len(ids)
        vectors = pa.FixedSizeListArray.from_arrays(
            pa.array(self._embeddings.ravel()), self._embeddings.shape[1]
        )
        return pa.table(
            {
                "object_id": ids,
                "domain": _sides(self._items),
                "title": self._items.titles,
                "price": pa.nulls(count, pa.float64()),
                "published_at": np.zeros(count, np.int64),
                "retired_at": np.full(count, -1, np.int64),
                "embedding": vectors.cast(pa.list_(pa.float32())),
            }
        )


def _sides(items: Items) -> list[str]:
    return [COMMERCE if product else CONTENT for product in items.is_product]


def _objects(items: Items) -> pa.Table:
    """Return the table of objects; the only category that a product brings is its domain."""
    count = len(items.ids)
    columns = {
        "object_id": items.ids,
        "domain": _sides(items),
        "title": items.titles,
        "category_path": [
            [domain] if product else None
            for domain, product in zip(items.domains, items.is_product, strict=True)
        ],
    }
    schema = OBJECTS.schema
    return pa.table(
        {field.name: pa.array(columns.get(field.name, [None] * count), field.type) for field in schema},
        schema=schema,
    )


def _import(lake: Lake, file: Path, items: Items) -> int:
    """Import answers and return the number of objects of the dataset that they are about."""
    report = import_answers(lake, file, model=file.stem)
    stored = IntentStore(lake).read(("object_id", "reasoner"))
    answered = set(stored.filter(pc.equal(stored["reasoner"], IMPORTED))["object_id"].to_pylist())
    known = len(answered & set(items.ids))
    if not known:
        raise AirloomError(
            f"{file} has answers about {len(answered)} objects, none of which is in this dataset",
            do=f"Name objects as domain:item, for example {items.ids[0]}",
        )
    if report.rejected:
        say(f"{report.rejected} lines of {file} could not be read and were left out")
    say(f"{file} answers {known} of {len(items.ids)} objects; {len(answered) - known} others are not here")
    return known


def _read_content(lake: Lake, cache: EmbeddingCache) -> None:
    """Let the encoder reasoner answer for content that has no answer yet."""
    objects = with_induced_categories(lake, latest_rows(lake, OBJECTS, through=DAY), cache=cache, through=DAY)
    answered = set(IntentStore(lake).read(("object_id",))["object_id"].to_pylist())
    waiting = [
        (object_id, title)
        for object_id, title, domain in zip(
            *(objects[name].to_pylist() for name in ("object_id", "title", "domain")), strict=True
        )
        if domain == CONTENT and title.strip() and object_id not in answered
    ]
    if not waiting:
        return
    titles = [title for _, title in waiting]
    reasoner = EncoderReasoner(objects, cache, titles=titles, calibration=MINILM)
    answers = [
        Answer(Atom(VIEW, object_id), paths)
        for (object_id, _), paths in zip(waiting, reasoner.paths_of(titles), strict=True)
    ]
    rows = INTENT_ANSWERS.rows(answers, version=reasoner.version, reasoner="encoder")
    IntentStore(lake).append(reasoner.version, INTENT_ANSWERS.table(rows))


def _name(items: Items, intents: Path | None, encoder: str, linking: LinkingSettings) -> str:
    """Return the folder name of these objects and their intents: other answers or settings give another."""
    read_by = json.dumps([encoder, METHOD, as_dict(linking)], sort_keys=True)
    digest = hashlib.sha256("\0".join([*items.ids, *items.titles, read_by]).encode())
    if intents is not None and intents.is_file():  # the import says what is wrong with another
        digest.update(sha256_of(intents).encode())
    return digest.hexdigest()[:16]
