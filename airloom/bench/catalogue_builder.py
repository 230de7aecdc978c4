"""Builds the catalogue of a dataset from titles and training events: nodes, paths, neighbors, popularity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.bench.dataset import Items
from airloom.bench.text_arms import arm_texts
from airloom.errors import AirloomError
from airloom.files import sha256_of
from airloom.intents.answers import INTENT_ANSWERS
from airloom.intents.atoms import Atom
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.induced_categories import with_induced_categories
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.taxonomy import products_of
from airloom.intents.reasoners.calibration import MINILM
from airloom.intents.reasoners.encoder import METHOD, EncoderReasoner
from airloom.intents.store import IntentStore
from airloom.knowledge.imported.card_store import CardStore
from airloom.knowledge.imported.import_cards import import_cards
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.linking import ClaimLinkingSettings, link_claims
from airloom.knowledge.rules.rules_claims import claims_by_rules
from airloom.knowledge.rules.settings import RulesSettings
from airloom.llm.batch_files.import_lines import IMPORTED, ImportReport
from airloom.llm.outcome import Answer
from airloom.logs.changes import latest_rows
from airloom.logs.contract import ACTIONS, COMMERCE, CONTENT, OBJECTS, VIEW
from airloom.logs.counted_events import COUNTED
from airloom.logs.lake import Lake
from airloom.progress import say
from airloom.ranking.assemble import assemble
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.training_view import TrainingView
from airloom.settings import as_dict, formerly
from airloom.statistics.cooccurrence import CooccurrenceSettings, neighbor_graph, neighbors_table
from airloom.statistics.past_events import decay
from airloom.statistics.sequences import Sequences
from airloom.timestamps import MICROS_PER_SECOND, SECONDS_PER_DAY, EpochSeconds

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
        cards: A file of knowledge cards, as `airloom knowledge import` reads them; None: only those of rules.

    Attributes:
        folder: What is kept lies there.
        answered: Objects that have an answer in `intents`.

    Raises:
        AirloomError: `intents` or `cards` cannot be read, or says nothing about these objects.
    """

    def __init__(
        self,
        items: Items,
        *,
        home: Path,
        encoder: TextEncoder,
        intents: Path | None,
        settings: CatalogueSettings,
        cards: Path | None = None,
    ) -> None:
        self._items, self._settings = items, settings
        self.folder = home / _name(items, (intents, cards), encoder.name, settings.linking)
        self._lake = lake = Lake(self.folder)
        lake.write(OBJECTS, DAY, _objects(items))
        if cards is not None:
            _import_cards(lake, cards, items)
        self.answered = _import(lake, intents, items) if intents is not None else 0
        self._cache = cache = EmbeddingCache(lake, encoder)
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

    def arm_texts(self, view: TrainingView) -> dict[str, NDArray[np.float32]]:
        """Return what towers of texts may read in place of titles, see `airloom.bench.text_arms`.

        Args:
            view: Its events say which categories are bought together; its snapshot is one of this builder.
        """
        links = IntentLinks.of(self.nodes, self.intents)
        products = products_of(self._lake, through=DAY)
        events = _counted_events(view.sequences, pa.array(self._items.ids))
        written = CardStore(self._lake).claims()
        linked = link_claims(written, links, encoder=self._cache, settings=ClaimLinkingSettings())
        return arm_texts(
            view.snapshot,
            rules=claims_by_rules(products, events, links, settings=RulesSettings()),
            written=linked.claims,
            encoder=self._cache,
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
                "stock": np.full(count, -1, np.int64),
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


def _counted_events(sequences: Sequences, ids: pa.Array) -> pa.Table:
    """Return the events of a dataset as those of a lake; a benchmark has no returns."""
    columns = {
        "user_id": pa.array(sequences.users).cast(pa.string()),
        "object_id": ids.take(pa.array(sequences.objects)),
        "action": pa.array(ACTIONS).take(pa.array(sequences.actions)),
        "ts": pa.array(sequences.timestamps * MICROS_PER_SECOND).cast(COUNTED.field("ts").type),
    }
    return pa.table(columns, schema=COUNTED)


def _import_cards(lake: Lake, file: Path, items: Items) -> None:
    report = import_cards(lake, file, model=file.stem)
    _say_imported(file, report, set(CardStore(lake).claims()["object_id"].to_pylist()), items)


def _import(lake: Lake, file: Path, items: Items) -> int:
    """Import answers and return the number of objects of the dataset that they are about."""
    report = import_answers(lake, file, model=file.stem)
    stored = IntentStore(lake).read(("object_id", "reasoner"))
    answered = set(stored.filter(pc.equal(stored["reasoner"], IMPORTED))["object_id"].to_pylist())
    return _say_imported(file, report, answered, items)


def _say_imported(file: Path, report: ImportReport, answered: set[str], items: Items) -> int:
    """Say how much of the dataset a file is about, and return that.

    Raises:
        AirloomError: It is about nothing in it.
    """
    known = len(answered & set(items.ids))
    if not known:
        raise AirloomError(
            f"{file} is about {len(answered)} objects, none of which is in this dataset",
            do=f"Name objects as domain:item, for example {items.ids[0]}",
        )
    if report.rejected:
        say(f"{report.rejected} lines of {file} could not be read and were left out")
    say(f"{file} is about {known} of {len(items.ids)} objects; {len(answered) - known} others are not here")
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


def _name(items: Items, files: Iterable[Path | None], encoder: str, linking: LinkingSettings) -> str:
    """Return the folder name of these objects and what files say of them: another one for other settings."""
    read_by = json.dumps([encoder, METHOD, as_dict(linking)], sort_keys=True)
    digest = hashlib.sha256("\0".join([*items.ids, *items.titles, read_by]).encode())
    for number, file in enumerate(files):
        if file is not None and file.is_file():  # the import says what is wrong with another
            digest.update(f"{number if number else ''}{sha256_of(file)}".encode())
    return digest.hexdigest()[:16]
