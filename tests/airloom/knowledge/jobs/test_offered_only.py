from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from airloom.knowledge.agents.answers import QUESTION_SCHEMA, AgentKey, agent_version
from airloom.knowledge.agents.remarks import Remarks, Statement
from airloom.knowledge.claims import Relation
from airloom.knowledge.jobs.offered_only import OfferedOnly
from airloom.llm.outcome import Answer, Outcome

OFFERED = {"p1": ["bowls"], "p2": ["beds", "toys"], "p3": []}


class NamesEverything:
    """Answers each question with all terms of the shop."""

    version = agent_version("m", "1")

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome[AgentKey, Remarks]]]:
        for chunk in chunks:
            self.asked += zip(chunk["object_id"].to_pylist(), chunk["options"].to_pylist(), strict=True)
            every = tuple(Statement(Relation.GOES_WITH, term) for term in ("beds", "bowls", "toys"))
            yield [
                Answer(AgentKey("relations", id_, "0"), every, "raw")
                for id_ in chunk["object_id"].to_pylist()
            ]


def test_an_answer_holds_what_its_own_question_offered() -> None:
    model = NamesEverything()
    rows = [{"object_id": id_, "agent": "relations", "title": id_} for id_ in OFFERED]
    chunk = pa.Table.from_pylist(rows, schema=QUESTION_SCHEMA)

    def options(questions: pa.Table) -> list[list[str]]:
        return [OFFERED[id_] for id_ in questions["object_id"].to_pylist()]

    wrapped = OfferedOnly(model, options=options)
    outcomes = [outcome for outcomes in wrapped.answer(iter([chunk])) for outcome in outcomes]

    assert model.asked == [("p1", ["bowls"]), ("p2", ["beds", "toys"])]  # p3 offers nothing
    values = {
        outcome.key.object_id: [statement[1] for statement in outcome.value]
        for outcome in outcomes
        if isinstance(outcome, Answer)
    }
    assert values == {"p1": ["bowls"], "p2": ["beds", "toys"]}
    assert [(outcome.raw, outcome.reason) for outcome in outcomes] == [
        ("raw", "2 values that were not offered"),
        ("raw", "1 values that were not offered"),
    ]
    assert wrapped.version == model.version
