"""Judges replies of a language model: the assistant answers by them, and the answers are judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.assistant import answer
from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.language_model import checked
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.reply import readings
from airloom.assistant.rft.rewards import Judged, Reward, reward
from airloom.assistant.rft.settings import RewardSettings
from airloom.assistant.rft.steps import Step, rules_out_all, steps_of
from airloom.assistant.turns import understand

_NO_ROWS: Final = np.zeros((0, 0), np.bool_)


class Verdict(NamedTuple):
    """What a reply is worth.

    Attributes:
        judged: The reply and its answer.
        reward: Its parts.
        wrong_steps: Entries that rule out every product that answers; none if the answer is right.
    """

    judged: Judged
    reward: Reward
    wrong_steps: tuple[Step, ...]


class ReplyJudge:
    """Answers by replies as the service does, for somebody of whom nothing is known, and judges the answers.

    Args:
        graph: Of the catalogue.
        vectors: float32 [O, D], unit-length vectors of its items.
        settings: Of the rewards.
    """

    def __init__(self, graph: CatalogueGraph, vectors: NDArray[np.float32], settings: RewardSettings) -> None:
        self._graph, self._vectors, self.settings = graph, vectors, settings

    def __call__(self, reply: str, case: RequestCase, *, tokens: int) -> Verdict:
        """Return what a reply to a request is worth.

        Args:
            reply: Whatever a model wrote.
            case: The request.
            tokens: Of the reply.
        """
        try:
            [asked] = readings(1).parse(reply)
        except ValueError:
            judged = Judged(
                is_reading=False,
                rows=(),
                satisfying=case.satisfying,
                stated=_NO_ROWS,
                named=0,
                known=0,
                tokens=tokens,
            )
            return Verdict(judged, reward(judged, self._vectors, self.settings), ())
        rows = self._answer(checked(asked, case.query, self._graph))
        named = _named(asked)
        judged = Judged(
            is_reading=True,
            rows=rows,
            satisfying=case.satisfying,
            stated=self._stated(rows, case.stated or ()),
            named=len(named),
            known=sum(self._is_known(text) for text in named),
            tokens=tokens,
        )
        wrong = () if judged.is_right else self._wrong_steps(reply, asked, case.satisfying)
        return Verdict(judged, reward(judged, self._vectors, self.settings), wrong)

    def _answer(self, reading: ParsedRequest) -> tuple[int, ...]:
        snapshot = self._graph.snapshot
        answered = answer(
            understand([reading], self._graph),
            self._graph,
            scores_of=snapshot.objects.popularity.__getitem__,
            count=max(self.settings.ranking_k, 1),
        )
        return tuple(snapshot.index[item.object_id] for item in answered.items)

    def _stated(self, rows: Sequence[int], stated: Sequence[NDArray[np.int32]]) -> NDArray[np.bool_]:
        having = [self._graph.snapshot.attributes.products_with(values) for values in stated]
        met = np.array([np.isin(rows, products) for products in having], np.bool_)
        return met.reshape(len(having), len(rows)).T

    def _is_known(self, text: str) -> bool:
        return len(self._graph.values.exact(text)) > 0 or self._graph.object_of(text) is not None

    def _wrong_steps(
        self, reply: str, asked: ParsedRequest, satisfying: NDArray[np.int32]
    ) -> tuple[Step, ...]:
        return tuple(step for step in steps_of(reply) if rules_out_all(step, asked, satisfying, self._graph))


def _named(reading: ParsedRequest) -> list[str]:
    """Return the values and titles that a reading names."""
    values = [text for own in reading.conditions for text in (own.text, *own.alternatives)]
    return [*values, *(reference.title for reference in reading.references)]
