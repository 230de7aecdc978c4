"""The repository as a whole: links that resolve, one version, and nothing of one developer's machine."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import airloom

ROOT = Path(__file__).resolve().parents[1]
NOT_OURS = {"__pycache__", "build", "dist", "local_outputs", "shared"}
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".Dockerfile", ".html", ".css", ".conf", ""}
FOREIGN = re.compile(
    "|".join(
        (
            r"py" + r"pi\.org",
            r"python" + r"hosted\.",
            r"download\.py" + r"torch\.",
            r"(?<![\w.])/(?:ho" + r"me|Us" + r"ers|ro" + r"ot)/\w",
            r"(?<![\w.])/wo" + r"rk/(?:main|shared)",
        )
    )
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")


OURS = "airloom|benchmarks|components|docs|feature_repo|k8s|model_service|pipelines|tests"
NAMED = re.compile(rf"`((?:{OURS})/[\w./-]+\.\w+)`")


def files(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if not path.is_dir():
            yield path
        elif path.name in (".ci", ".github") or not (path.name.startswith(".") or path.name in NOT_OURS):
            yield from files(path)


def links(document: Path) -> Iterator[str]:
    """Targets of the links to files, without examples in fenced code."""
    prose = re.sub(r"^( *)```.*?^\1```", "", document.read_text(encoding="utf-8"), flags=re.S | re.M)
    for match in LINK.finditer(prose):
        target = (match[1] or match[2]).partition("#")[0]
        if target and "://" not in target and not target.startswith("mailto:"):
            yield target


def test_no_file_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    named = [
        f"{file.relative_to(ROOT)}:{number}: {match[0]}"
        for file in files()
        if file.suffix in TEXT
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if (match := FOREIGN.search(line))
    ]

    assert named == []


@pytest.mark.parametrize(
    "document",
    [pytest.param(file, id=str(file.relative_to(ROOT))) for file in files() if file.suffix == ".md"],
)
def test_every_link_to_a_file_resolves(document: Path) -> None:
    assert [target for target in links(document) if not (document.parent / target).exists()] == []


def test_every_file_that_the_readme_names_is_there() -> None:
    named = NAMED.findall((ROOT / "README.md").read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_licence_is_apache_2() -> None:
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text(
        encoding="utf-8"
    )


def test_version_is_said_once_more_and_alike() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == airloom.__version__


def test_lock_pins_every_direct_dependency_as_the_project_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    locked = dict(line.split("==") for line in lines if not line.startswith("#"))
    locked = {_normal(name): version for name, version in locked.items()}

    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    for requirement in [*project["dependencies"], *extras]:
        name, _, version = requirement.partition("==")
        name = _normal(re.split(r"[\[<>=!~; ]", name)[0])
        if name == "airloom":  # an extra that is made of others
            continue
        assert name in locked, f"{name} is not in requirements.lock; run: make lock"
        assert version in ("", locked[name]), f"{name} is locked at {locked[name]}; run: make lock"


def test_lock_leaves_the_build_of_torch_to_the_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert "\ntorch==2.13.0\n" in lock
    assert "+" not in lock
    assert " @ " not in lock


def test_make_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, flags=re.M)

    for target in phony.split():
        assert re.search(rf"^{target}:.*  ## [A-Z]", makefile, flags=re.M), target


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
