"""Asks a reasoner for what the intent store lacks, in shards that never ask for the same atom."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from airloom.errors import AirloomError
from airloom.intents.answers import ENCODER, Answer, Outcome, Usage, Version, outcome_rows
from airloom.intents.atoms import Shard
from airloom.intents.encoding import TextEncoder
from airloom.intents.journal import Journal
from airloom.intents.known_atoms import atoms_of, known_atoms
from airloom.intents.reasoners.choice import fallback_of, reasoner_named, version_of
from airloom.intents.reasoners.reasoner import StoppedError
from airloom.intents.settings import DistillSettings, ReasonerName
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake
from airloom.progress import progress_bar

STORE_EVERY: Final = 4096
"""Rows of the journal that become one file of the store."""


class Distilled(NamedTuple):
    """What one shard did.

    Attributes:
        atoms: Atoms of the shard known at the end of the day.
        asked: Atoms that the reasoner read.
        cached: Atoms that needed no question: answered or rejected before.
        repaired: Atoms whose first reply was no answer and whose second was.
        rejected: Atoms that were put aside with the reason.
        tokens_in: Tokens that the model read.
        tokens_out: Tokens that it wrote.
        usd: Their price.
        seconds: Duration.
        paths: Paths answered.
        calls: Requests to a model.
        left: Atoms that the reasoner was not asked about, because it stopped.
        stopped: Why it stopped; empty if it did not.
        fallback: Atoms that the fallback read, because no reasoner that counts before it has answered them.
    """

    atoms: int
    asked: int
    cached: int
    repaired: int
    rejected: int
    tokens_in: int
    tokens_out: int
    usd: float
    seconds: float
    paths: int = 0
    calls: int = 0
    left: int = 0
    stopped: str = ""
    fallback: int = 0


class Coverage(NamedTuple):
    """Atoms known at the end of a day, all answered, and the paths in their answers."""

    atoms: int
    paths: int


def distill(
    lake: Lake,
    *,
    day: date,
    settings: DistillSettings,
    encoder: TextEncoder | None = None,
    shard: int = 0,
    shards: int = 1,
) -> Distilled:
    """Ask for the missing atoms of one shard; what is left then, the fallback reads.

    Killed at any moment, it loses the replies in flight at most; started again, it asks only for what is
    missing.

    Args:
        lake: Where logs and store are.
        day: The last closed day.
        settings: Who reads the atoms.
        encoder: Turns texts into vectors; by default the verified MiniLM, loaded when the first text is new.
        shard: Number of this shard, below `shards`.
        shards: Into how many parts the atoms are divided, by the hash in their id.

    Raises:
        AirloomError: There is no such shard, another process works on it, or a setting is wrong.
    """
    started = time.monotonic()
    worker = _Worker(lake, day, settings, encoder, Shard(shard, shards).check())
    second = fallback_of(settings, lake)  # found out before the first is paid
    tally = worker.ask(settings.reasoner)
    fallback = worker.ask(second).asked if second else 0
    return Distilled(
        atoms=tally.atoms,
        asked=tally.asked,
        cached=tally.atoms - tally.missing,
        repaired=tally.repaired,
        rejected=tally.rejected,
        tokens_in=tally.usage.tokens_in,
        tokens_out=tally.usage.tokens_out,
        usd=round(tally.usage.usd, 6),
        seconds=round(time.monotonic() - started, 3),
        paths=tally.paths,
        calls=tally.usage.calls,
        left=tally.missing - tally.asked,
        stopped=tally.stopped,
        fallback=fallback,
    )


@dataclass
class _Tally:
    """What became of the atoms that one reasoner was given."""

    atoms: int
    missing: int
    asked: int = 0
    paths: int = 0
    repaired: int = 0
    rejected: int = 0
    usage: Usage = field(default_factory=Usage)
    stopped: str = ""

    def count(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.asked += 1
            self.usage = self.usage.plus(outcome.usage)
            if isinstance(outcome, Answer):
                self.paths += len(outcome.paths)
                self.repaired += outcome.repaired
            else:
                self.rejected += 1

    def note(self) -> str:
        """Tokens and cost for a progress bar; empty where nothing is counted."""
        tokens = self.usage.tokens_in + self.usage.tokens_out
        return f"{tokens:,} tokens, ${self.usage.usd:,.2f}" if tokens else ""


class _Worker(NamedTuple):
    """One shard of one day, for any reasoner."""

    lake: Lake
    day: date
    settings: DistillSettings
    encoder: TextEncoder | None
    shard: Shard

    def ask(self, name: ReasonerName) -> _Tally:
        """Let the reasoner read what it has to; every reply is on the disk before the next is awaited."""
        store = IntentStore(self.lake)
        version = version_of(name, self.settings, self.lake, encoder=self.encoder)
        # The journal comes first: it brings what a killed run was told, which must not be asked again.
        with store.journal(version, shard=self.shard) as journal:
            if version.kind != ENCODER:
                store.prefer(version)
            with known_atoms(self.lake, day=self.day, settled=store.settled_for(version)) as known:
                missing = known.open_by_shard(self.shard.of).get(self.shard.number, 0)
                tally = _Tally(known.count(self.shard), missing)
                if missing:
                    self._read(name, version, known.open_chunks(self.shard), journal, tally)
        return tally

    def _read(
        self,
        name: ReasonerName,
        version: Version,
        chunks: Iterator[pa.Table],
        journal: Journal,
        tally: _Tally,
    ) -> None:
        reasoner = reasoner_named(
            name, self.settings, self.lake, day=self.day, shard=self.shard, encoder=self.encoder
        )
        if reasoner.version != version:
            raise AirloomError(f"The reasoner {name} was replaced meanwhile", do="Run again")
        stored = 0
        with progress_bar(what=f"{name} reads", total=tally.missing, unit="atoms") as bar:
            try:
                for outcomes in reasoner.read(chunks):
                    now = datetime.now(UTC)
                    rows = outcome_rows(outcomes, version=version, reasoner=name, day=self.day, at=now)
                    journal.write(rows)
                    tally.count(outcomes)
                    bar.set_postfix_str(tally.note(), refresh=False)
                    bar.update(len(outcomes))
                    if tally.asked - stored >= STORE_EVERY:
                        journal.flush()
                        stored = tally.asked
            except StoppedError as reason:
                tally.stopped = str(reason)


def coverage(lake: Lake, *, day: date) -> Coverage:
    """How the store answers the atoms known at the end of `day`; puts its small files together.

    Raises:
        AirloomError: It does not answer all of them.
    """
    store = IntentStore(lake)
    store.compact()
    atoms = atoms_of(lake, day=day)
    answers = store.read(("atom_id", "paths"))
    answers = answers.filter(pc.is_in(answers["atom_id"], value_set=atoms["atom_id"].combine_chunks()))
    missing = atoms.num_rows - answers.num_rows
    if missing:
        raise AirloomError(
            f"{missing} of {atoms.num_rows} atoms known on {day} have no answer in the intent store",
            do=f"Run the distillation again; it asks for these alone: airloom intents plan --day {day}",
        )
    return Coverage(atoms.num_rows, int(pc.sum(pc.list_value_length(answers["paths"])).as_py() or 0))
