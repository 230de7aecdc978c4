"""The products of a shard with all that the agents and the critic have answered about their present texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import duckdb

from airloom.knowledge.agents.agents import AGENT_NAMED, AGENTS
from airloom.knowledge.agents.answers import QUESTION_SCHEMA, agent_version
from airloom.knowledge.agents.remarks import Finding, Objection, Statement
from airloom.knowledge.claims import Relation
from airloom.knowledge.critic.task import CRITIC
from airloom.knowledge.jobs.known_products import product_database
from airloom.knowledge.jobs.store import AgentStore
from airloom.llm.keys import Shard
from airloom.llm.known_questions import CHUNK
from airloom.logs.lake import Lake


class AgentAnswer(NamedTuple):
    """The answer of an agent that counts.

    Attributes:
        statements: What it says.
        version: Folder name of the version that says it.
    """

    statements: list[Statement]
    version: str


class AnsweredProduct(NamedTuple):
    """A product about whose present texts at least one agent was answered.

    Attributes:
        product: Its row of `QUESTION_SCHEMA`.
        answers: Name of each agent with an answer to the answer, in the order of `AGENTS`.
        objections: Digest of each of the critic's questions about the product to its answer.
    """

    product: Mapping[str, Any]
    answers: Mapping[str, AgentAnswer]
    objections: Mapping[str, Sequence[Objection]]


_ANSWERS: Final = """
CREATE TEMP TABLE answers (
    agent VARCHAR, object_id VARCHAR, digest VARCHAR,
    statements STRUCT(relation VARCHAR, value VARCHAR)[], objections STRUCT(number BIGINT, finding VARCHAR)[],
    model VARCHAR, prompt_version VARCHAR, rank BIGINT, filename VARCHAR, file_row_number BIGINT
)
"""
_IN_SHARD: Final = "('0x' || substr(sha256(object_id), 1, 16))::UBIGINT % $of = $number"
_INSERT: Final = f"""
INSERT INTO answers
SELECT agent, object_id, digest, statements, objections, model, prompt_version,
       $rank, filename, file_row_number
FROM read_parquet($files, filename = true, file_row_number = true) WHERE {_IN_SHARD}
"""  # noqa: S608 - constants only
_PRODUCTS: Final = f"""
WITH counting AS (
    FROM answers QUALIFY row_number() OVER (
        PARTITION BY agent, object_id, digest ORDER BY rank, filename, file_row_number
    ) = 1
)
SELECT questions.*, own.answers FROM questions JOIN (
    SELECT object_id,
           list(struct_pack(agent, digest, statements, objections, model, prompt_version)) AS answers
    FROM counting GROUP BY object_id
) AS own USING (object_id)
WHERE {_IN_SHARD} ORDER BY question_id
"""  # noqa: S608 - constants only


def answered_products(lake: Lake, *, day: date, shard: Shard) -> Iterator[AnsweredProduct]:
    """Yield the products of a shard about which an agent was answered, in the order of their questions.

    Of several versions that answered a question, the first of the store counts. Only the shard's answers are
    loaded, into a bounded database, and only a chunk of products is in memory at a time.

    Args:
        lake: Holds objects and answers.
        day: The last complete day.
        shard: Which products.
    """
    store = AgentStore(lake)
    with product_database(lake, agent=AGENTS[0].name, day=day) as database:
        database.execute(_ANSWERS)
        for rank, version in enumerate(store.versions()):
            files = [str(file) for file in store.answer_files(version)]
            database.execute(_INSERT, {"files": files, "rank": rank, **shard._asdict()})
        for product in _rows(database, shard):
            answered = _answered(product, product.pop("answers"))
            if answered.answers:
                yield answered


def _rows(database: duckdb.DuckDBPyConnection, shard: Shard) -> Iterator[dict[str, Any]]:
    for batch in database.sql(_PRODUCTS, params=shard._asdict()).to_arrow_reader(CHUNK):
        yield from batch.to_pylist()


def _answered(product: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> AnsweredProduct:
    of_agents = {row["agent"]: _answer(row) for row in rows if _is_of_texts(row, product)}
    answers = {agent.name: of_agents[agent.name] for agent in AGENTS if agent.name in of_agents}
    objections = {row["digest"]: _objections(row) for row in rows if row["agent"] == CRITIC}
    return AnsweredProduct({name: product[name] for name in QUESTION_SCHEMA.names}, answers, objections)


def _is_of_texts(row: Mapping[str, Any], product: Mapping[str, Any]) -> bool:
    """Return whether an answer is an agent's, about the texts that the product has now."""
    return row["agent"] in AGENT_NAMED and row["digest"] == product["digest"]


def _answer(row: Mapping[str, Any]) -> AgentAnswer:
    statements = [Statement(Relation(item["relation"]), item["value"]) for item in row["statements"]]
    return AgentAnswer(statements, agent_version(row["model"], row["prompt_version"]).folder)


def _objections(row: Mapping[str, Any]) -> list[Objection]:
    return [Objection(item["number"], Finding(item["finding"])) for item in row["objections"]]
