from pathlib import Path
from types import SimpleNamespace

import pytest
from kfp import dsl, local

from airloom.logs.lake import Lake
from components.validate_logs.component import validate_logs


class Logged(dict[str, float]):
    """A metrics artifact that keeps what is logged."""

    def log_metric(self, name: str, value: float) -> None:
        self[name] = value


def test_the_component_returns_counts_and_writes_the_report(landed: Lake, tmp_path: Path) -> None:
    metrics, docs = Logged(), SimpleNamespace(path=str(tmp_path / "docs"))

    outputs = validate_logs.python_func(landed.root, "2026-03-02", {}, docs, metrics)

    assert (outputs.rows, outputs.quarantined) == (212, 0)
    assert (outputs.withdrawn, outputs.missing_days) == ([], [])
    assert metrics["events_landed"] == 200
    assert Path(docs.path, "index.html").is_file()


def test_kubeflow_runs_it(landed: Lake, tmp_path: Path) -> None:
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(tmp_path / "runs"))

    @dsl.pipeline(name="only-validation")
    def pipeline(lake: str, rules: dict) -> int:
        return validate_logs(lake=lake, day="2026-03-02", rules=rules).outputs["rows"]

    assert pipeline(lake=landed.root, rules={"trailing_days": 3}).output == 212
    assert list((tmp_path / "runs").rglob("data_docs/index.html"))


def test_an_unknown_setting_is_refused(landed: Lake, tmp_path: Path) -> None:
    docs = SimpleNamespace(path=str(tmp_path / "docs"))
    with pytest.raises(Exception, match="LogRules has no setting strictness"):
        validate_logs.python_func(landed.root, "2026-03-02", {"strictness": 1}, docs, Logged())
