"""Every source file has its test file, `airloom/x/y.py` <-> `tests/airloom/x/test_y.py`, or stands on a list.

The list names folders whose modules are parts of one thing that a user sees, and the test that runs them all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.source_files import PACKAGES, ROOT, source_files

TESTED_BY: Final = {
    "airloom/bounded_database.py": "tests/airloom/intents/test_distill.py",
    "airloom/assistant": "tests/airloom/assistant/test_assistant.py",
    "airloom/assistant/parsing": "tests/airloom/assistant/parsing/test_rules.py",
    "airloom/bench": "tests/airloom/bench/test_run.py",
    "airloom/beyond_log": "tests/airloom/beyond_log/test_infer.py",
    "airloom/experiments": "tests/airloom/experiments/test_analysis.py",
    "airloom/html_report": "tests/airloom/html_report/test_report.py",
    "airloom/intents": "tests/airloom/intents/test_distill.py",
    "airloom/intents/browser": "tests/airloom/intents/browser/test_browser.py",
    "airloom/intents/linking": "tests/airloom/intents/linking/test_resolve_objects.py",
    "airloom/intents/reasoners": "tests/airloom/intents/reasoners/test_encoder.py",
    "airloom/knowledge": "tests/airloom/knowledge/rules/test_rules_claims.py",
    "airloom/lineage": "tests/airloom/lineage/test_derivation.py",
    "airloom/llm": "tests/airloom/intents/test_distill_over_http.py",
    "airloom/logs": "tests/components/validate_logs/test_validation.py",
    "airloom/ranking": "tests/airloom/ranking/test_air.py",
    "airloom/ranking/consistency": "tests/airloom/ranking/consistency/test_run.py",
    "airloom/ranking/encoder": "tests/airloom/ranking/encoder/test_encoder.py",
    "airloom/ranking/training": "tests/airloom/ranking/training/test_train.py",
    "airloom/simulation": "tests/airloom/simulation/test_world.py",
    "airloom/statistics": "tests/airloom/statistics/test_cooccurrence.py",
    "airloom/telemetry.py": "tests/conftest.py",
    "benchmarks": "tests/benchmarks/test_serving.py",
    "components": "tests/components/test_catalogue.py",
    "components/build_features": "tests/components/build_features/test_build.py",
    "components/build_training_set": "tests/components/build_training_set/test_dataset.py",
    "components/evaluate_ranker": "tests/components/evaluate_ranker/test_component.py",
    "components/forget_users": "tests/components/forget_users/test_forget.py",
    "components/gate_ranker": "tests/components/gate_ranker/test_gate.py",
    "components/monitor_drift": "tests/components/monitor_drift/test_component.py",
    "components/register_features": "tests/components/register_features/test_register.py",
    "components/register_model": "tests/components/register_model/test_component.py",
    "components/report_experiment": "tests/components/report_experiment/test_component.py",
    "components/summarize_run": "tests/components/summarize_run/test_summary.py",
    "components/train_ranker": "tests/components/train_ranker/test_component.py",
    "components/tune_assistant": "tests/components/tune_assistant/test_component.py",
    "components/validate_logs": "tests/components/validate_logs/test_validation.py",
    "docs/generator/hook.py": "tests/docs/generator/test_source_links.py",
    "docs/tutorial": "tests/docs/tutorial/test_first_run.py",
    "feature_repo": "tests/feature_repo/test_store.py",
    "k8s/check": "tests/k8s/check/test_main.py",
    "k8s/check/pipeline": "tests/k8s/check/test_pipelines.py",
    "model_service": "tests/model_service/test_service.py",
    "pipelines": "tests/pipelines/test_local.py",
    "pipelines/cli": "tests/pipelines/cli/test_main.py",
    "pipelines/demo": "tests/pipelines/demo/test_summary.py",
    "pipelines/kubeflow": "tests/pipelines/kubeflow/test_deploy.py",
    "pipelines/report": "tests/pipelines/report/test_index.py",
}
"""The test that runs a file, or the files of a folder and those below it, which have no test of their own."""


def without_a_test_file() -> list[Path]:
    """Return the source files, relative to the repository, that have no test file of their own."""
    files = (path.relative_to(ROOT) for path in source_files(*PACKAGES))
    return [
        file
        for file in files
        if file.name != "__init__.py"
        and not (ROOT / "tests" / file.parent / f"test_{file.stem.strip('_')}.py").exists()
    ]


def entry_for(file: Path) -> str | None:
    """Return the nearest entry of the list that covers `file`."""
    return next((str(path) for path in (file, *file.parents) if str(path) in TESTED_BY), None)


def test_every_source_file_has_a_test_file_or_stands_on_the_list() -> None:
    assert [str(file) for file in without_a_test_file() if entry_for(file) is None] == []


@pytest.mark.parametrize(("covered", "test"), TESTED_BY.items())
def test_an_entry_of_the_list_names_a_test_that_exists(covered: str, test: str) -> None:
    assert (ROOT / covered).exists(), covered
    assert (ROOT / test).is_file(), test


def test_the_list_holds_nothing_that_has_test_files_of_its_own() -> None:
    needed = {entry_for(file) for file in without_a_test_file()}

    assert TESTED_BY.keys() - needed == set()


def test_no_test_imports_from_a_test_file() -> None:
    pattern = re.compile(r"^\s*(?:from|import) (?:tests[\w.]*|\.+[\w.]*)\btest_\w+", re.M)
    importing = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in source_files("tests")
        for line in pattern.findall(path.read_text(encoding="utf-8"))
    ]

    assert importing == [], "move what is shared into a module of builders"
