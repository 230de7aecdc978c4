"""A task that is not about intents goes through all of the package, end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.bounded_database import bounded_database
from airloom.llm.answerer import Answerer
from airloom.llm.ask import AskReport
from airloom.llm.ask_shard import ask_shard
from airloom.llm.batch_files.batch_line import AnswerLine, read_batch_line
from airloom.llm.batch_files.export_answers import write_answers
from airloom.llm.batch_files.import_lines import ImportReport, import_lines
from airloom.llm.batch_files.write_requests import write_requests
from airloom.llm.cost import MIN_MEASURED, estimated_tokens, measured_tokens
from airloom.llm.keys import Shard, key_id
from airloom.llm.known_questions import KnownQuestions
from airloom.llm.language_models import language_model
from airloom.llm.outcome import ANSWERED, EMPTY, FAILED, Answer, Usage
from airloom.llm.settings import OpenAISettings, TransformersSettings
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.task import Task
from airloom.llm.version import LLM, Version
from tests.airloom.llm.color_task import COLOR_ANSWERS, COLORS, ColorTask, ProductKey, parse_color
from tests.airloom.llm.in_process.tiny_model import save_tiny_model
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

DAY = date(2026, 3, 1)
WHOLE = Shard()
TITLES = {"p1": "red mug", "p2": "green <b>lamp</b>", "p3": "plain box", "p4": "blue pen", "p5": "odd thing"}
QUESTIONS = pa.schema([(name, pa.string()) for name in ("question_id", "product_id", "title")])
OTHER = Version(LLM, "other", "1", "1")
TASK: Task[ProductKey, str] = ColorTask()


def question_in(body: dict[str, Any]) -> str:
    title: str = json.loads(body["messages"][1]["content"])
    return title


def reply_to(title: str) -> str:
    return json.dumps({"color": next((color for color in COLORS[1:] if color in title), "")})


@pytest.fixture
def server() -> Iterator[ChatServerDouble]:
    with ChatServerDouble(question_in=question_in, reply_to=reply_to).running() as double:
        yield double


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore[str]:
    return AnswerStore(tmp_path / "colors", answers=COLOR_ANSWERS)


def questions(shard: Shard = WHOLE) -> pa.Table:
    ids = [(key_id((product,)), product, title) for product, title in TITLES.items()]
    rows = [dict(zip(QUESTIONS.names, row, strict=True)) for row in ids if shard.has(row[0])]
    return pa.Table.from_pylist(rows, schema=QUESTIONS)


@contextmanager
def known(exclude: Sequence[Path]) -> Iterator[KnownQuestions]:
    with bounded_database() as database:
        database.register("questions", questions())
        yield KnownQuestions(database, schema=QUESTIONS, exclude=exclude)


def run(
    answerer: Answerer[ProductKey, str],
    store: AnswerStore[str],
    *,
    shard: Shard = WHOLE,
    name: str = "openai",
) -> AskReport:
    version = answerer.version
    return ask_shard(
        store,
        version=version,
        shard=shard,
        day=DAY,
        reasoner=name,
        known=lambda: known(store.answered_or_rejected_files(version.folder)),
        answerer=lambda: answerer,
    ).report


def colors(store: AnswerStore[str]) -> dict[str, tuple[str, str]]:
    return {row["product_id"]: (row["status"], row["color"]) for row in store.read().to_pylist()}


def over_http(server: ChatServerDouble, **options: Any) -> Answerer[ProductKey, str]:
    openai = OpenAISettings(
        base_url=server.base_url, model="m", max_attempts=2, backoff_s=0.01, concurrency=1, **options
    )
    return language_model("openai", TASK, openai=openai, transformers=TransformersSettings())


def test_a_server_is_asked_in_shards_and_only_for_what_is_missing(
    server: ChatServerDouble, store: AnswerStore[str]
) -> None:
    server.plans |= {"odd thing": ["500", "500"], "plain box": ["prose"]}

    reports = [run(over_http(server), store, shard=Shard(number, 2)) for number in range(2)]

    assert sum(report.questions for report in reports) == len(TITLES)
    assert sum(report.repaired for report in reports) == 1
    assert colors(store) == {
        "p1": (ANSWERED, "red"),
        "p2": (ANSWERED, "green"),
        "p3": (EMPTY, ""),
        "p4": (ANSWERED, "blue"),
    }
    assert store.rejected_rows()["status"].to_pylist() == [FAILED]
    assert server.bodies[0]["response_format"]["json_schema"]["name"] == "color"

    assert run(over_http(server), store).questions == 1
    assert colors(store)["p5"] == (EMPTY, "")
    assert run(over_http(server), store).questions == 0


def test_what_a_killed_process_had_in_its_journal_is_not_asked_for(
    server: ChatServerDouble, store: AnswerStore[str], tmp_path: Path
) -> None:
    answerer = over_http(server)
    rows = COLOR_ANSWERS.rows(
        [Answer(ProductKey("p1"), "red")], version=answerer.version, reasoner="openai", day=DAY
    )
    journal = tmp_path / "colors" / "journal" / answerer.version.folder / "shard-0-of-1.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text(json.dumps(rows[0]) + "\n" + '{"cut off')

    run(answerer, store)

    assert "red mug" not in server.requests
    assert len(colors(store)) == len(TITLES)


def test_questions_are_divided_among_shards_and_those_of_a_file_are_not_open(tmp_path: Path) -> None:
    done = tmp_path / "done.parquet"
    pq.write_table(questions().slice(0, 2), done)

    with known([done]) as both, known([]) as all_:
        assert sum(both.open_by_shard(3).values()) == len(TITLES) - 2
        assert sum(both.count(Shard(number, 3)) for number in range(3)) == len(TITLES)
        (chunk,) = all_.open_chunks(Shard(1, 3))
        assert chunk == questions(Shard(1, 3)).sort_by("question_id")


def test_tokens_are_estimated_until_replies_were_counted(
    server: ChatServerDouble, store: AnswerStore[str]
) -> None:
    answerer = over_http(server)
    estimate = estimated_tokens(TASK, questions().to_pylist())
    run(answerer, store)

    assert (round(estimate.tokens_in), estimate.measured) == (8, False)
    assert measured_tokens(store, answerer.version) is None
    rows = [Answer(ProductKey(str(n)), "red", usage=Usage(1, 10, 4)) for n in range(MIN_MEASURED)]
    table = COLOR_ANSWERS.table(COLOR_ANSWERS.rows(rows, version=OTHER, reasoner="openai"))
    store.append(OTHER, table)
    assert measured_tokens(store, OTHER) == (10.0, 4.0, True)


def test_a_budget_ends_the_work_with_a_reason(server: ChatServerDouble, store: AnswerStore[str]) -> None:
    openai = OpenAISettings(
        base_url=server.base_url, model="m", max_tokens=100, concurrency=1, usd_per_million_out=1e4
    )
    answerer = language_model(
        "openai", TASK, openai=openai, transformers=TransformersSettings(), budget_usd=1.5
    )

    report = run(answerer, store)

    assert "budget is spent" in report.stopped
    assert 0 < report.questions < len(TITLES)
    assert report.usage.usd < 1.5
    assert store.spent(answerer.version, day=DAY, shard=WHOLE) == pytest.approx(report.usage.usd)


def test_a_model_in_this_process_writes_only_what_the_grammar_allows(
    store: AnswerStore[str], tmp_path: Path
) -> None:
    folder = save_tiny_model(tmp_path / "tiny")
    transformers = TransformersSettings(model=str(folder), device="cpu")
    answerer = language_model(
        "transformers", TASK, openai=OpenAISettings(), transformers=transformers, threads=1
    )

    report = run(answerer, store, name="transformers")

    assert (report.questions, report.unanswered) == (len(TITLES), 0)
    assert {color for _, color in colors(store).values()} <= set(COLORS[1:])


def test_files_go_to_a_batch_api_and_come_back(store: AnswerStore[str], tmp_path: Path) -> None:
    requests, results = tmp_path / "requests.jsonl", tmp_path / "results.jsonl"
    count = write_requests(requests, [(TASK, [questions()])], settings=OpenAISettings(model="batch-model"))
    lines = [json.loads(line) for line in requests.read_text(encoding="utf-8").splitlines()]
    assert count == len(lines) == len(TITLES)
    with results.open("w", encoding="utf-8") as stream:
        for line in lines:
            message = {"content": reply_to(question_in(line["body"]))}
            response = {"status_code": 200, "body": {"choices": [{"message": message}]}}
            stream.write(json.dumps({"custom_id": line["custom_id"], "response": response}) + "\n")
        stream.write("not a result\n")

    def read_line(line: str) -> AnswerLine[ProductKey, str]:
        return read_batch_line(line, key_of=ProductKey, parse=parse_color)

    report = import_lines(
        store, results, read_line=read_line, model="batch-model", prompt=TASK.prompt_version
    )

    assert report == ImportReport(answered=3, empty=2, rejected=1, already=0)
    assert import_lines(
        store, results, read_line=read_line, model="batch-model", prompt=TASK.prompt_version
    ) == (ImportReport(answered=0, empty=0, rejected=1, already=5))
    exported = tmp_path / "answers.jsonl"
    assert write_answers(store, exported, line_of=lambda row: {row["product_id"]: row["color"]}) == 5
    assert {"p2": "green"} in [json.loads(line) for line in exported.read_text().splitlines()]
