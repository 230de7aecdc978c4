"""The words of the code: no identifier that says nothing, American spelling, one class per name.

That everything public has a docstring is a rule of ruff (D1).
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source_files import PACKAGES, ROOT, source_files

SAYS_NOTHING = {"found", "place", "places", "told", "said", "each", "so_many"}
"""Name the thing instead: an index, a path, an offset, a match, a row."""
BEGINNINGS = ("least_", "most_", "fewest_")
"""A bound begins with min_ or max_."""
ENDINGS = ("_told", "_said")
BRITISH = re.compile(
    r"(material|normal|serial|initial|token|organ|optim|summar|general|quant|vector|random|visual|util|categor)is(e|ed|es|er|ing|ation)(?![a-z])"
    r"|distil(?!l)|neighbour|colour|favour|honour|behaviour|centre|licence|analys(e|ed|er|ing)(?![a-z])"
)
SHARED_BY_A_PROTOCOL: set[str] = set()
"""Names of classes that several modules may define, because they implement one Protocol."""


def identifiers(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every name that a module defines, and its line; names of tests are sentences and left out."""
    yield path.stem, 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test_"):
                continue
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield name, node.lineno


def is_banned(name: str) -> bool:
    """Whether the field has a better word than `name`."""
    word = name.lower().strip("_")
    return (
        word in SAYS_NOTHING
        or word.startswith(BEGINNINGS)
        or word.endswith(ENDINGS)
        or BRITISH.search(word) is not None
    )


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_identifiers_are_words_of_the_field(package: str) -> None:
    banned = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in source_files(package)
        for name, line in identifiers(path)
        if is_banned(name)
    ]

    assert banned == []


def test_a_class_has_a_name_of_its_own() -> None:
    definitions: defaultdict[str, list[str]] = defaultdict(list)
    for path in source_files(*PACKAGES, "tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                definitions[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    allowed = SHARED_BY_A_PROTOCOL
    repeated = {name: lines for name, lines in definitions.items() if len(lines) > 1 and name not in allowed}

    assert repeated == {}
