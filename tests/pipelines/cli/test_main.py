from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airloom.logs.contract import EVENTS
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from components.page_store import store_pages
from components.register_features.register import register
from pipelines.home import Home
from pipelines.report.index import write_index
from tests.feature_repo.small_lake import LAST, build, deliver
from tests.pipelines.cli import command_line
from tests.pipelines.report.small_home import explained_page, training_run
from tests.traces import traces

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def airloom(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command as a shell would; returns exit status, output and errors."""

    def run(*words: str) -> tuple[int, str, str]:
        status = command_line.airloom(monkeypatch, *words)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "init",
        "sample",
        "check",
        "import",
        "run",
        "intents",
        "serve",
        "report",
        "forget",
        "bench",
        "doctor",
        "why",
    ],
)
def test_every_command_has_help(airloom: Run, command: str) -> None:
    status, out, _ = airloom(command, "--help")
    assert status == 0
    assert "Usage: airloom " + command in out


@pytest.mark.parametrize(
    "words",
    [
        ["demo"],
        ["init"],
        ["sample"],
        ["check"],
        ["import"],
        ["run", "daily"],
        ["run", "training"],
        ["serve"],
        ["report"],
        ["forget"],
        ["bench"],
        ["doctor"],
        ["why"],
    ],
)
def test_help_shows_an_example(airloom: Run, words: list[str]) -> None:
    assert "Example: airloom " + " ".join(words) in airloom(*words, "--help")[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["import", "netflix", "--data", "."], "There is no adapter for the dataset netflix"),
        (["import", "amazon-content2commerce", "--data", "nowhere"], "nowhere"),
        (["run", "daily"], "No events have been delivered to"),
        (
            ["run", "training", "--day", "yesterday"],
            "The day 'yesterday' is not a date. Write it as YYYY-MM-DD.",
        ),
        (
            ["run", "daily", "--day", "2026-03-02", "--recipe", "soup"],
            "There is no recipe soup. Choose one of:",
        ),
        (["report"], "No pipeline has run in"),
        (["why", "events", "2026-03-02"], "No events have been delivered to"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_1(
    airloom: Run, tmp_path: Path, words: list[str], sentence: str
) -> None:
    status, _, err = airloom(*words, "--home", str(tmp_path))
    assert status == 1
    assert err.startswith("airloom: ")
    assert sentence in err
    assert "Traceback" not in err


def test_a_home_that_may_not_be_written_is_named(airloom: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, err = airloom("demo", "--home", str(tmp_path / "file" / "home"))
    assert status == 1
    assert "may not be written" in err


def test_ctrl_c_says_how_to_go_on(airloom: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.demo.loop.run_demo", interrupted)
    status, _, err = airloom("demo", "--home", str(tmp_path))
    assert status == 130
    assert "stopped. Run the same command again to go on from here." in err


def test_the_demo_leaves_delivered_logs_alone(airloom: Run, tmp_path: Path) -> None:
    day = tmp_path / "lake" / "landing" / "events" / "dt=2026-03-02"
    day.mkdir(parents=True)
    (day / "mine.parquet").write_text("precious")
    status, _, err = airloom("demo", "--home", str(tmp_path))
    assert status == 1
    assert "already holds the logs of another platform" in err
    assert (day / "mine.parquet").read_text() == "precious"


def test_a_failed_import_leaves_the_home_free_for_another_source(airloom: Run, tmp_path: Path) -> None:
    airloom("import", "amazon-content2commerce", "--data", str(tmp_path / "typo"), "--home", str(tmp_path))
    Home.at(tmp_path).check_source("sample-world")


def test_two_worlds_are_not_mixed(airloom: Run, tmp_path: Path) -> None:
    Home.at(tmp_path).note_source("sample-world")
    status, _, err = airloom("import", "amazon-content2commerce", "--data", ".", "--home", str(tmp_path))
    assert status == 1
    assert "already holds the logs of sample-world" in err


def test_why_explains_a_day_to_a_person_and_to_a_program(airloom: Run, tmp_path: Path) -> None:
    clean = deliver(tmp_path / "clean")
    lake = Lake(tmp_path / "lake")
    lake.write(lake.landing(EVENTS), LAST, clean.read(EVENTS, since=LAST))
    status, out, _ = airloom("why", "events", str(LAST), "--home", str(tmp_path))
    assert status == 0
    assert out.startswith(f"events of {LAST} would be built again by the next run")
    status, out, _ = airloom("why", "events", str(LAST), "--lake", lake.root, "--json")
    assert (status, json.loads(out)["built_again"]) == (0, "yes")
    status, _, err = airloom("why", "events", "2026-01-01", "--lake", lake.root)
    assert (status, "events has no day 2026-01-01" in err) == (1, True)


def test_doctor_says_what_is_there_and_what_is_missing(
    airloom: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, _ = airloom("doctor", "--home", str(tmp_path))
    assert status == 0
    assert "encoder weights" in out
    monkeypatch.setattr("pipelines.cli.doctor.DISK_GIB", 10**9)
    status, out, _ = airloom("doctor", "--home", str(tmp_path))
    assert status == 1
    assert "MISSING disk" in out


def test_a_daily_run_on_a_broken_delivery_says_which_file(airloom: Run, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    file = lake.path("landing", "events", "dt=2026-03-02", "part-0.parquet")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no parquet")
    status, _, err = airloom("run", "daily", "--home", str(tmp_path))
    assert status == 1
    assert str(file) in err
    assert "Traceback" not in err


def test_a_daily_run_on_a_day_without_a_column_says_which(airloom: Run, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    lake = Lake(tmp_path / "lake")
    file = lake.path("landing", "events", "dt=2026-03-02", "part-0.parquet")
    file.parent.mkdir(parents=True)
    columns = {field.name: pa.array([], field.type) for field in EVENTS.schema if field.name != "user_id"}
    pq.write_table(pa.table(columns), file)
    status, _, err = airloom("run", "daily", "--home", str(tmp_path))
    assert status == 1
    assert f"{file} has no column user_id" in err


def test_a_user_is_forgotten_in_every_store_of_a_home(airloom: Run, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    lake = deliver(home.lake)
    build(lake)
    register(lake.root, day=LAST, config=None)
    training_set = home.run("airloom-training", "2026-03-03") / "build-training-set" / "train.parquet"
    training_set.parent.mkdir(parents=True)
    pq.write_table(pa.table({"user_id": ["ann", "bo"]}), training_set)
    assert traces(home.root, "ann")

    listed = tmp_path / "users.txt"
    listed.write_bytes(b"\xef\xbb\xbf\r\nann\r\n")  # as a spreadsheet writes it
    words = ["--users", str(listed), "--user", "nobody", "--home", str(home.root)]
    status, out, _ = airloom("forget", *words)

    assert status == 0
    assert sorted(re.findall(r"(\d+) rows removed", out)) == ["0", "8"]
    assert traces(home.root, "ann") == []
    assert pq.read_table(training_set)["user_id"].to_pylist() == ["bo"]


def test_whose_page_the_report_shows_is_forgotten_there_too(airloom: Run, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    lake = deliver(home.lake)
    training_run(home)
    pages = {user: explained_page(number) for number, user in enumerate(("ann", "bo"), start=1)}
    pages["ann"]["items"][0]["events"] = ["save: what only ann did"]
    store_pages(lake, "air-0315", pages)
    write_index(home)
    assert len(traces(home.root, "what only ann did")) == len(traces(home.root, "User 1")) == 2

    status, out, _ = airloom("forget", "--user", "ann", "--home", str(home.root))

    assert status == 0
    assert "5 rows removed" in out
    (proof,) = ErasureRequests(lake).all()
    assert proof.removed["explained_pages"] == 1
    assert traces(home.root, "what only ann did") == traces(home.root, "User 1") == []
    assert traces(home.root, "User 2") == ["lake/explained_pages.json", "report/index.html"]


def test_forgetting_needs_somebody(airloom: Run, tmp_path: Path) -> None:
    (tmp_path / "nobody.txt").write_text("\n")
    for words, sentence in (
        ([], "Nobody is named"),
        (["--users", str(tmp_path / "nobody.txt")], "Nobody is named"),
        (["--users", str(tmp_path / "none.txt")], "none.txt cannot be read"),
    ):
        status, _, err = airloom("forget", *words, "--home", str(tmp_path))
        assert (status, sentence in err) == (1, True)


def test_a_line_that_is_no_id_is_named_and_all_others_are_erased(airloom: Run, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    deliver(home.lake)
    listed = tmp_path / "users.txt"
    lines = [b"ann", b"x" * 5_000, b"", b"caf\xe9", b"bo ", "好".encode()]
    listed.write_bytes(b"\n".join(lines))

    status, out, err = airloom("forget", "--users", str(listed), "--home", str(home.root))

    assert status == 1
    assert "No user id is in line 2, line 4, line 5" in err
    assert "all others are erased" in err
    assert "xxx" not in err
    assert out.count("rows removed") == 2
    assert traces(home.root, "ann") == []
    assert traces(home.root, "bo")


def test_a_list_that_others_may_change_is_refused(airloom: Run, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    deliver(home.lake)
    listed = tmp_path / "users.txt"
    listed.write_text("ann\n")
    listed.chmod(0o666)
    status, _, err = airloom("forget", "--users", str(listed), "--home", str(home.root))
    assert (status, "others than its owner may change it" in err) == (1, True)
    assert traces(home.root, "ann")


def test_forgetting_needs_a_lake_and_a_service_that_answers(airloom: Run, tmp_path: Path) -> None:
    status, _, err = airloom("forget", "--user", "ann", "--home", str(tmp_path / "nowhere"))
    assert (status, "There is no lake at" in err) == (1, True)
    (tmp_path / "home" / "lake").mkdir(parents=True)
    words = ["forget", "--user", "ann", "--home", str(tmp_path / "home"), "--service", "http://127.0.0.1:9"]
    status, _, err = airloom(*words)
    assert (status, "http://127.0.0.1:9 does not answer" in err) == (1, True)
