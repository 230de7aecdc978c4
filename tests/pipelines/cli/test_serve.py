from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import grpc
import httpx
import pytest

from model_service.grpc.airloom_pb2 import RankRequest
from model_service.grpc.airloom_pb2_grpc import RankingStub
from pipelines.cli import serve as command
from tests.model_service.conftest import Shop, free_address
from tests.model_service.conftest import ranker as ranker  # noqa: PLC0414 - a fixture
from tests.model_service.conftest import registry as registry  # noqa: PLC0414 - a fixture
from tests.model_service.conftest import shop as shop  # noqa: PLC0414 - a fixture
from tests.model_service.conftest import snapshot as snapshot  # noqa: PLC0414 - a fixture

THREE = (
    "name: three\nsalt: s\ncontrol: popular\nvariants:\n"
    "  - {name: popular, share: 1.0, ranker: popularity}\nreadout: {first_day: 2026-03-01}\n"
)
TOKEN = "a-token-of-32-characters-or-more"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments with which the service would be started."""
    arguments: list[str] = []
    monkeypatch.setattr("os.execv", lambda _, words: arguments.extend(words))
    for name in [name for name in os.environ if name.startswith("AIRLOOM_")]:
        monkeypatch.delenv(name)
    return arguments


def test_the_homes_experiment_is_written_once_and_served(
    tmp_path: Path, given: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "experiment.yaml"
    command.serve(home=tmp_path)
    assert given[given.index("--experiment") + 1] == str(file)
    assert "air-against-item-cf" in file.read_text(encoding="utf-8")
    assert not {"--grpc", "--tokens", "--live-redis"} & {*given}  # their variables count
    file.write_text(THREE, encoding="utf-8")
    monkeypatch.setenv("AIRLOOM_LAKE", "elsewhere")
    command.serve(home=tmp_path)
    assert file.read_text(encoding="utf-8") == THREE
    assert "AIRLOOM_LAKE is not used" in capsys.readouterr().err


def test_the_words_of_requests_are_logged_only_if_that_is_chosen(tmp_path: Path, given: list[str]) -> None:
    command.serve(home=tmp_path)
    assert "--log-requests" not in given  # its variable counts
    command.serve(home=tmp_path, log_requests=True)
    assert given[given.index("--log-requests") + 1] == "on"
    given.clear()
    command.serve(home=tmp_path, log_requests=False)
    assert given[given.index("--log-requests") + 1] == "off"


def test_a_variable_and_options_reach_the_service(tmp_path: Path, shop: Shop) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "lake").symlink_to(shop.lake)
    (tmp_path / "home" / "mlflow").symlink_to(Path(shop.registry.removeprefix("sqlite:///")).parent)
    three, tokens, address = tmp_path / "three.yaml", tmp_path / "tokens", free_address()
    three.write_text(THREE, encoding="utf-8")
    tokens.write_text(TOKEN, encoding="utf-8")
    tokens.chmod(0o600)
    words = ["--home", str(tmp_path / "home"), "--port", "0", "--grpc", address, "--tokens", str(tokens)]
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli.main", "serve", *words],
        stdout=subprocess.PIPE,
        env=os.environ | {"AIRLOOM_EXPERIMENT": str(three), "AIRLOOM_TOKENS": "overridden"},
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[2]
            ask = {"user_id": "u", "k": 1}
            header = f"Bearer {TOKEN}"
            assert httpx.post(f"{url}/v1/rank", json=ask).status_code == 401
            page = httpx.post(f"{url}/v1/rank", json=ask, headers={"authorization": header}, timeout=60)
            assert (page.json()["experiment"], page.json()["variant"]) == ("three", "popular")
            with grpc.insecure_channel(address) as channel:
                answer = RankingStub(channel).Rank(
                    RankRequest(user_id="u", k=1), metadata=[("authorization", header)]
                )
            assert answer.experiment == "three"
        finally:
            process.terminate()
