"""Every example in a docstring is true."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.source_files import ROOT, SHIPPED, source_files

PROMPT = ">>> "
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in source_files(*SHIPPED)
    if PROMPT in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_true(module: str) -> None:
    result = doctest.testmod(import_module(module))

    assert result.attempted > 0
    assert result.failed == 0
