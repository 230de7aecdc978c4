"""Every component folder keeps the conventions of Kubeflow's catalogue: a thin face on tested code."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.generated_files import outdated
from components import readme

FOLDERS = [pytest.param(folder, id=folder.name) for folder in readme.folders()]
MAY_IMPORT = {*sys.stdlib_module_names, "kfp"}
LONGEST_BODY = 15


def tree(folder: Path) -> ast.Module:
    return ast.parse((folder / "component.py").read_text(encoding="utf-8"))


def imported(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []


def statements(body: list[ast.stmt]) -> int:
    """Statements of a body, nested ones too, without its docstring."""
    return sum(isinstance(node, ast.stmt) for part in body for node in ast.walk(part)) - 1


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_a_package_named_like_its_component(folder: Path) -> None:
    module = importlib.import_module(f"components.{folder.name}.component")

    assert (folder / "__init__.py").exists()
    assert hasattr(getattr(module, folder.name), "component_spec")
    assert readme.metadata(folder).name == folder.name


@pytest.mark.parametrize("folder", FOLDERS)
def test_metadata_names_kubeflow_and_at_least_one_tag(folder: Path) -> None:
    facts = readme.metadata(folder)

    assert [need.name for need in facts.dependencies["kubeflow"]] == ["Pipelines"]
    assert facts.tags


@pytest.mark.parametrize("folder", FOLDERS)
def test_top_level_imports_are_the_standard_library_kfp_and_the_decorator(folder: Path) -> None:
    names = [name for statement in tree(folder).body for name in imported(statement)]

    assert [n for n in names if n.partition(".")[0] not in MAY_IMPORT and n != "components.step"] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_body_is_short(folder: Path) -> None:
    (function,) = [
        node for node in tree(folder).body if isinstance(node, ast.FunctionDef) and node.name == folder.name
    ]

    assert statements(function.body) <= LONGEST_BODY


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_parameter_is_described(folder: Path) -> None:
    text = readme.readme(folder)

    undescribed = [line for line in text.splitlines() if line.startswith("| `") and line.endswith("| |")]
    spec = getattr(importlib.import_module(f"components.{folder.name}.component"), folder.name).component_spec
    assert [line for line in undescribed if line.split("`")[1] in (spec.inputs or {})] == []


def test_readmes_are_up_to_date() -> None:
    assert outdated(readme.readmes()) == []


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of one component, in a catalogue of its own."""
    folder = tmp_path / "collect_intents"
    folder.mkdir()
    for name in ("component.py", "metadata.yaml"):
        (folder / name).write_bytes((readme.COMPONENTS / "collect_intents" / name).read_bytes())
    monkeypatch.setattr(readme, "COMPONENTS", tmp_path)
    return folder


def test_check_names_a_stale_readme(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert readme.main([]) == 0
    assert readme.main(["--check"]) == 0

    (catalogue / "README.md").write_text("old", encoding="utf-8")

    assert readme.main(["--check"]) == 1
    assert "collect_intents/README.md" in capsys.readouterr().err


def test_readme_tells_types_and_meanings(catalogue: Path) -> None:
    text = readme.readme(catalogue)

    assert text.startswith("# collect_intents\n")
    assert "| `day` | String | | The UTC day that the run is about, an ISO date. |" in text


def test_outputs_that_the_docstring_names_have_meanings() -> None:
    text = readme.readme(readme.COMPONENTS / "collect_intents")

    assert "| `asked` | Integer | Atoms that a reasoner read in this run. |" in text
    assert "Returns:" not in text


@pytest.mark.parametrize(
    ("line", "says"),
    [("stability: beta", "stability: whenever"), ("name: collect_intents", "nam: collect_intents")],
)
def test_wrong_metadata_is_named(catalogue: Path, line: str, says: str) -> None:
    file = catalogue / "metadata.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(line, says), encoding="utf-8")

    with pytest.raises(AirloomError, match=r"collect_intents/metadata\.yaml"):
        readme.metadata(catalogue)
