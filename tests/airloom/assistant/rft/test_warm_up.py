"""The warm-up learns what a reply can say, and says what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from airloom.assistant.parsing.parsed_request import ParsedCondition, ParsedRequest
from airloom.assistant.parsing.reply import MAX_PARTS
from airloom.assistant.rft import warm_up as module
from airloom.assistant.rft.known_requests import KnownRequest, RulesReadRequest
from airloom.assistant.rft.policy import load_policy
from airloom.assistant.rft.warm_up import warm_up
from tests.airloom.assistant.rft.small_training import REQUESTS, SETTINGS

LONG = ParsedRequest(tuple(ParsedCondition(f"value {number}") for number in range(MAX_PARTS + 1)))


def test_a_reading_of_too_many_parts_is_left_out_and_counted(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learned: list[str] = []
    monkeypatch.setattr(
        module, "_train", lambda _, rows, *__: learned.extend(row["completion"][0]["content"] for row in rows)
    )
    requests: list[KnownRequest] = [*REQUESTS, RulesReadRequest(REQUESTS[0].case, LONG)]

    warm_up(load_policy(tiny_model, lora=SETTINGS.lora), requests, SETTINGS, kept=tmp_path, scratch=tmp_path)

    assert len(learned) == len(REQUESTS)
    assert f"1 of {len(requests)} readings say more than a reply may" in capsys.readouterr().err


def test_readings_that_all_say_too_much_train_nothing(tiny_model: Path, tmp_path: Path) -> None:
    policy = load_policy(tiny_model, lora=SETTINGS.lora)
    before = {name: weight.detach().clone() for name, weight in policy.model.named_parameters()}

    warm_up(policy, [RulesReadRequest(REQUESTS[0].case, LONG)], SETTINGS, kept=tmp_path, scratch=tmp_path)

    assert all(weight.equal(before[name]) for name, weight in policy.model.named_parameters())


def test_an_equal_warm_up_is_not_trained_again(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (load_policy(tiny_model, lora=SETTINGS.lora) for _ in range(2))
    warm_up(first, REQUESTS, SETTINGS, kept=tmp_path / "kept", scratch=tmp_path / "scratch")
    monkeypatch.setattr(module, "_train", None)

    warm_up(second, REQUESTS, SETTINGS, kept=tmp_path / "kept", scratch=tmp_path / "scratch")

    trained = dict(first.model.named_parameters())
    assert all(weight.equal(trained[name]) for name, weight in second.model.named_parameters())
