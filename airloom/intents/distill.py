"""Asks a reasoner for what the intent store lacks, in shards that never ask for the same atom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.answers import answer_rows
from airloom.intents.atoms import atoms_of
from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.reasoners.encoder import EncoderReasoner
from airloom.intents.reasoners.reasoner import Reasoner
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.store import IntentStore
from airloom.intents.vocabulary.induce import with_induced_categories
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from airloom.progress import progress


@dataclass(frozen=True)
class DistillSettings:
    """Who reads the atoms that nobody has read yet.

    Attributes:
        reasoner: `encoder`: nearest categories by sentence embedding.
        batch_size: Atoms between two writes of the store: what a killed run loses at most.
        threads: Threads of the encoder.
    """

    reasoner: Literal["encoder"] = "encoder"
    batch_size: int = 1024
    threads: int = 2


class Plan(NamedTuple):
    """What a distillation would do.

    Attributes:
        atoms: Atoms known at the end of the day.
        missing: Those that no version of the store has answered.
        shards: Numbers of the shards that have something to ask, ascending.
    """

    atoms: int
    missing: int
    shards: list[int]


class Distilled(NamedTuple):
    """What one shard did.

    Attributes:
        asked: Atoms that the reasoner read.
        cached: Atoms of the shard that had an answer before.
        paths: Paths that it answered.
    """

    asked: int
    cached: int
    paths: int


class Coverage(NamedTuple):
    """Atoms known at the end of a day, all answered, and the paths in their answers."""

    atoms: int
    paths: int


def plan(lake: Lake, *, day: date, shards: int) -> Plan:
    """Count what is known and what is missing at the end of `day`, before anything is spent."""
    atoms = atoms_of(lake, day=day)
    missing = _missing(lake, atoms)
    return Plan(atoms.num_rows, missing.num_rows, np.unique(_shard_of(missing, shards)).tolist())


def distill(
    lake: Lake,
    *,
    day: date,
    settings: DistillSettings,
    encoder: TextEncoder | None = None,
    shard: int = 0,
    shards: int = 1,
) -> Distilled:
    """Ask for the missing atoms of one shard and append every batch of answers to the store.

    Killed at any moment, it loses one batch at most; started again, it asks only for what is missing.

    Args:
        lake: Where logs and store are.
        day: The last closed day.
        settings: Who reads the atoms.
        encoder: Turns texts into vectors; by default the verified MiniLM, loaded when the first text is new.
        shard: Number of this shard, below `shards`.
        shards: Into how many parts the atoms are divided, by the hash in their id.
    """
    if not 0 <= shard < shards:
        raise AirloomError(f"There is no shard {shard} of {shards}", do=f"Choose 0 to {shards - 1}")
    atoms = atoms_of(lake, day=day)
    atoms = atoms.filter(pa.array(_shard_of(atoms, shards) == shard))
    missing = _missing(lake, atoms)
    asked = paths = 0
    if missing.num_rows:
        cache = EmbeddingCache(lake, encoder or SentenceEncoder(threads=settings.threads))
        objects = latest_rows(lake, OBJECTS, as_of=day)
        objects = with_induced_categories(lake, objects, cache=cache, as_of=day)
        reasoner: Reasoner = EncoderReasoner(objects, cache)
        store = IntentStore(lake)
        starts = range(0, missing.num_rows, settings.batch_size)
        for start in progress(starts, what=f"read {missing.num_rows:,} atoms", unit="batches"):
            batch = missing.slice(start, settings.batch_size)
            answers = reasoner.read(batch)
            store.append(reasoner.version, answer_rows(batch, answers, version=reasoner.version))
            asked += batch.num_rows
            paths += sum(len(answer.paths) for answer in answers)
    return Distilled(asked, atoms.num_rows - asked, paths)


def coverage(lake: Lake, *, day: date) -> Coverage:
    """How the store answers the atoms known at the end of `day`.

    Raises:
        AirloomError: It does not answer all of them.
    """
    atoms = atoms_of(lake, day=day)
    answers = IntentStore(lake).read()
    answers = answers.filter(pc.is_in(answers["atom_id"], value_set=atoms["atom_id"].combine_chunks()))
    missing = atoms.num_rows - answers.num_rows
    if missing:
        raise AirloomError(
            f"{missing} of {atoms.num_rows} atoms known on {day} have no answer in the intent store",
            do=f"Run the distillation again; it asks for these alone: airloom intents plan --day {day}",
        )
    return Coverage(atoms.num_rows, int(pc.sum(pc.list_value_length(answers["paths"])).as_py() or 0))


def _missing(lake: Lake, atoms: pa.Table) -> pa.Table:
    answered = pa.array(sorted(IntentStore(lake).answered_ids()), pa.string())
    return atoms.filter(pc.invert(pc.is_in(atoms["atom_id"], value_set=answered)))


def _shard_of(atoms: pa.Table, shards: int) -> NDArray[np.int64]:
    return np.array([int(atom_id, 16) % shards for atom_id in atoms["atom_id"].to_pylist()], np.int64)
