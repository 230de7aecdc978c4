"""Compiles the pipelines to the committed YAML, or checks that the committed YAML is what the code says."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from pipelines.assistant_tuning import assistant_tuning_pipeline
from pipelines.daily import daily_pipeline
from pipelines.pods.cluster import Cluster
from pipelines.training import training_pipeline

COMPILED = Path(__file__).parent / "compiled"
PIPELINES = (daily_pipeline, training_pipeline, assistant_tuning_pipeline)


def compile_into(folder: Path, cluster: Cluster = Cluster()) -> list[Path]:  # noqa: B008 - frozen
    """Write `<pipeline name>.yaml` of every pipeline, for the steps of `cluster`, into `folder`.

    Returns:
        The files.
    """
    from kfp import compiler

    files = []
    for build in PIPELINES:
        pipeline = build(cluster)
        file = folder / f"{pipeline.name}.yaml"
        compiler.Compiler().compile(pipeline, str(file))
        files.append(file)
    return files


def outdated() -> list[str]:
    """Return the names of the committed files that differ from what the code compiles to."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            file.name
            for file in compile_into(Path(folder))
            if not (COMPILED / file.name).exists()
            or (COMPILED / file.name).read_text(encoding="utf-8") != file.read_text(encoding="utf-8")
        ]


def main() -> int:
    """Compile, or with `--check` compare; returns 1 if a file is outdated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is out of date")
    if parser.parse_args().check:
        names = outdated()
        if names:
            print(f"Out of date: {', '.join(names)}. Run: make compile", file=sys.stderr)
        return 1 if names else 0
    COMPILED.mkdir(exist_ok=True)
    compile_into(COMPILED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
