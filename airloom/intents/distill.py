"""Distillation: a reasoner is asked for what the intent store lacks, in shards that share no atom."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from typing import NamedTuple

import pyarrow.compute as pc

from airloom.errors import AirloomError
from airloom.intents.answers import IntentOutcome
from airloom.intents.encoding import TextEncoder
from airloom.intents.known_atoms import atoms_of, known_atoms
from airloom.intents.reasoners.factory import fallback_of, reasoner_named, version_of
from airloom.intents.reasoners.reasoner import Reasoner
from airloom.intents.settings import DistillSettings, ReasonerName
from airloom.intents.store import IntentStore
from airloom.llm.ask_shard import ShardWork, ask_shard
from airloom.llm.empties_rejected import EmptiesRejected
from airloom.llm.keys import Shard
from airloom.llm.known_questions import KnownQuestions
from airloom.llm.outcome import Answer
from airloom.llm.version import LLM
from airloom.logs.lake import Lake


class Distilled(NamedTuple):
    """What a distillation did for one shard.

    Attributes:
        atoms: Atoms of the shard known at the end of the day.
        asked: Atoms that the reasoner read.
        cached: Atoms that needed no question: answered or rejected before.
        repaired: Atoms whose first reply was not valid and whose second was.
        rejected: Atoms without a valid reply: rejected or failed, with the reason.
        tokens_in: Tokens that the model read.
        tokens_out: Tokens that it wrote.
        usd: Their price.
        seconds: Duration.
        paths: Paths answered.
        calls: Requests to a model.
        left: Atoms that the reasoner was not asked about, because it stopped early.
        stopped: Why it stopped; empty if it did not.
        fallback: Atoms that the fallback read, because no reasoner that counts before it has answered them.
        uncounted: Replies whose tokens are unknown.
        unreadable: Atoms whose titles the encoder could not read, as reasoner or as fallback: their answers
            are empty and say why.
        empty: Replies without a path, whether they count as answers or not.
        warning: That the language model answers every atom alike; empty if it does not.
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
    uncounted: int = 0
    unreadable: int = 0
    empty: int = 0
    warning: str = ""


class Coverage(NamedTuple):
    """Atoms known at the end of a day, all answered, and what is in their answers.

    Attributes:
        atoms: All.
        with_paths: Those whose answer has at least one path.
        paths: In all their answers.
        unreadable: Reason why a title could not be read to the number of its atoms, most frequent first.
    """

    atoms: int
    with_paths: int
    paths: int
    unreadable: dict[str, int]


def distill(
    lake: Lake,
    *,
    day: date,
    settings: DistillSettings,
    encoder: TextEncoder | None = None,
    shard: int = 0,
    shards: int = 1,
) -> Distilled:
    """Ask for the missing atoms of one shard; the fallback reads what is left then.

    Killed at any moment, it loses the replies in flight at most; started again, it asks only for what is
    missing.

    Args:
        lake: Where logs and store are.
        day: The last complete day.
        settings: Which reasoner reads the atoms.
        encoder: Turns texts into vectors; by default the verified MiniLM, loaded when the first text is new.
        shard: Number of this shard, below `shards`.
        shards: Into how many parts the atoms are divided, by the hash in their id.

    Raises:
        AirloomError: There is no such shard, another process works on it, or a setting is wrong.
    """
    started = time.monotonic()
    worker = _Worker(lake, day, settings, encoder, Shard(shard, shards).check())
    second = fallback_of(settings, lake)  # checked before the first is paid
    work = worker.ask(settings.reasoner)
    rest = worker.ask(second) if second else None
    own, report, usage = work.shard, work.shard.report, work.shard.report.usage
    return Distilled(
        atoms=own.questions,
        asked=report.questions,
        cached=own.questions - own.missing,
        repaired=report.repaired,
        rejected=report.unanswered,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        usd=round(usage.usd, 6),
        seconds=round(time.monotonic() - started, 3),
        paths=work.paths,
        calls=usage.calls,
        left=own.left,
        stopped=report.stopped,
        fallback=rest.shard.report.questions if rest else 0,
        uncounted=usage.uncounted,
        unreadable=work.unreadable + (rest.unreadable if rest else 0),
        empty=report.empty,
        warning=report.warning,
    )


class _ReasonerWork(NamedTuple):
    """What one reasoner did with the atoms of the shard."""

    shard: ShardWork
    paths: int
    unreadable: int


class _Worker(NamedTuple):
    """One shard of one day, for any reasoner."""

    lake: Lake
    day: date
    settings: DistillSettings
    encoder: TextEncoder | None
    shard: Shard

    def ask(self, name: ReasonerName) -> _ReasonerWork:
        """Let the reasoner answer what it has to; count the paths, and the atoms that it could not read."""
        store = IntentStore(self.lake)
        version = version_of(name, self.settings, self.lake, encoder=self.encoder)
        paths = unreadable = 0

        def known() -> AbstractContextManager[KnownQuestions]:
            exclude = store.files_to_exclude(version, skip=self.settings.skip)
            return known_atoms(self.lake, day=self.day, exclude=exclude)

        def count(outcomes: Sequence[IntentOutcome]) -> None:
            nonlocal paths, unreadable
            answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
            paths += sum(len(answer.value) for answer in answers)
            unreadable += sum(bool(answer.reason) for answer in answers)

        work = ask_shard(
            store,
            version=version,
            shard=self.shard,
            day=self.day,
            reasoner=name,
            known=known,
            answerer=partial(self._reasoner, name),
            on_outcomes=count,
        )
        return _ReasonerWork(work, paths, unreadable)

    def _reasoner(self, name: ReasonerName) -> Reasoner:
        reasoner = reasoner_named(
            name, self.settings, self.lake, day=self.day, shard=self.shard, encoder=self.encoder
        )
        if reasoner.version.kind == LLM and self.settings.empty_replies == "unanswered":
            return EmptiesRejected(reasoner)
        return reasoner


def coverage(lake: Lake, *, day: date) -> Coverage:
    """Return how the store answers the atoms known at the end of `day`; merges its small files.

    Raises:
        AirloomError: It does not answer all of them.
    """
    store = IntentStore(lake)
    store.compact()
    atoms = atoms_of(lake, day=day)
    answers = store.read(("atom_id", "paths", "reason"))
    answers = answers.filter(pc.is_in(answers["atom_id"], value_set=atoms["atom_id"].combine_chunks()))
    missing = atoms.num_rows - answers.num_rows
    if missing:
        raise AirloomError(
            f"{missing} of {atoms.num_rows} atoms known on {day} have no answer in the intent store",
            do=f"Run the distillation again; it asks only for these: airloom intents plan --day {day}",
        )
    lengths = pc.list_value_length(answers["paths"])
    with_paths, paths = (int(pc.sum(values).as_py() or 0) for values in (pc.greater(lengths, 0), lengths))
    reasons = Counter(answers["reason"].drop_null().to_pylist())
    unreadable = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return Coverage(atoms.num_rows, with_paths, paths, unreadable)
