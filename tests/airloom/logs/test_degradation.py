from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from airloom.logs.degradation import NOT_BY_RANKER, NOT_OF_PAGES, Degradation, FallbackLevel

SERVICE = Path(__file__).parents[3] / "model_service"


def degraded_literals(source: str) -> Iterator[str]:
    """Yield every string literal that is put into something named `degraded` or `failed`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("degraded"), attr="append" | "extend")):
                parts = node.args
            case ast.Call(keywords=keywords):
                parts = [word.value for word in keywords if word.arg == "degraded"]
            case ast.AugAssign(target=ast.Name("degraded")):
                parts = [node.value]
            case ast.Compare(left=left, comparators=comparators):
                names = [part for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute)]
                of_degraded = any(
                    getattr(part, "attr", getattr(part, "id", "")) == "degraded" for part in names
                )
                parts = [left, *comparators] if of_degraded else []
            case _:
                parts = []
        for part in parts:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value


@pytest.mark.parametrize(
    "source",
    [
        'degraded.append("made_up")',
        'degraded += ["made_up"]',
        'respond(degraded=["made_up"])',
        'if "made_up" in response.degraded: pass',
        'degraded.append(f"made_up:{count}")',
    ],
)
def test_a_literal_code_is_seen(source: str) -> None:
    assert any("made_up" in text for text in degraded_literals(source))


def test_the_service_uses_no_code_that_the_contract_lacks() -> None:
    files = sorted(SERVICE.rglob("*.py"))
    assert files
    used = {text for file in files for text in degraded_literals(file.read_text(encoding="utf-8"))}
    assert {text for text in used if text.partition(":")[0] not in set(Degradation)} == set()


@pytest.mark.parametrize("code", ["made_up", "", "unknown_candidate:3"])
def test_a_code_that_does_not_exist_is_an_error(code: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Degradation"):
        Degradation.parse(code)


def test_a_code_may_have_a_count() -> None:
    code = Degradation.UNKNOWN_CANDIDATES.with_count(3)
    assert code == "unknown_candidates:3"
    assert Degradation.parse(code) is Degradation.UNKNOWN_CANDIDATES


def test_a_level_that_failed_is_a_code_and_means_that_the_ranker_did_not_order() -> None:
    failing = [Degradation(level) for level in FallbackLevel if level is not FallbackLevel.INPUT_ORDER]
    assert set(failing) <= set(NOT_BY_RANKER)
    assert not set(NOT_BY_RANKER) & NOT_OF_PAGES


def test_every_code_says_what_it_means() -> None:
    assert all(code.meaning.endswith(".") for code in Degradation)
