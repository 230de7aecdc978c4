from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from tests.feature_repo.small_lake import LAST, deliver

HEAVY = (
    *(
        "bentoml",
        "duckdb",
        "evidently",
        "feast",
        "great_expectations",
        "kfp",
        "matplotlib",
        "mlflow",
        "numba",
    ),
    *("numpy", "pandas", "pyarrow", "scipy", "sklearn", "tokenizers", "torch", "transformers"),
)
"""What takes longer to import than help takes to read."""

ASK_EVERYTHING = """
import json, sys
from typer.main import get_command
from typer.testing import CliRunner
from benchmarks.help_time import commands
from pipelines.cli.main import app

asked = {}
for words in commands(get_command(app)):
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0, result.output
    asked[" ".join(words)] = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps(asked))
"""


def test_no_help_loads_a_heavy_package() -> None:
    done = subprocess.run([sys.executable, "-c", ASK_EVERYTHING], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert {"", "demo", "run", "run daily", "intents distill", "deploy pipelines", "why"} <= loaded.keys()
    heavy = {command: sorted({*HEAVY} & {*modules}) for command, modules in loaded.items()}
    assert {command: modules for command, modules in heavy.items() if modules} == {}


def test_the_service_and_the_manifests_check_give_help_without_what_they_run_with() -> None:
    for module in ("model_service", "k8s.check"):
        words = [sys.executable, "-X", "importtime", "-m", module, "--help"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert not {"torch", "mlflow", "feast", "bentoml", "great_expectations", "kfp", "numba"} & imported


def test_why_loads_nothing_that_it_does_not_read_with(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.write(lake.landing(EVENTS), LAST, deliver(tmp_path / "clean").read(EVENTS, since=LAST))
    words = [sys.executable, "-X", "importtime", "-m", "pipelines.cli.main"]
    words += ["why", "events", str(LAST), "--home", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert f"events of {LAST} would be built again" in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not {"torch", "mlflow", "feast", "great_expectations", "kfp", "numba", "transformers"} & imported
