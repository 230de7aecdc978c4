"""`python -m k8s.check [OVERLAY ...]`: check overlays and compiled pipelines, and print what is wrong."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from airloom.errors import AirloomError

ROOT = Path(__file__).resolve().parents[2]
OVERLAYS = ROOT / "k8s" / "overlays"
COMPILED = ROOT / "pipelines" / "compiled"


def main(arguments: list[str]) -> int:
    """Check the named overlays, or all, and the compiled pipelines; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m k8s.check", description=__doc__)
    parser.add_argument(
        "overlays", nargs="*", type=Path, metavar="OVERLAY", help="without one, all are checked"
    )
    parser.add_argument(
        "--applied",
        type=Path,
        metavar="FILE",
        help="manifests applied before OVERLAY: name every field that differs and cannot be changed",
    )
    options = parser.parse_args(arguments)
    overlays = options.overlays or sorted(OVERLAYS.iterdir())
    if options.applied and len(overlays) != 1:
        parser.error("--applied needs the one OVERLAY that was applied")
    try:
        messages, packages = _check(overlays, options.applied)
    except AirloomError as error:
        messages, packages = [str(error)], 0
    print(
        *messages
        or [f"Kubernetes manifests are right: {len(overlays)} overlay(s), {packages} pipeline package(s)."],
        sep="\n",
    )
    return 1 if messages else 0


def _check(overlays: list[Path], applied: Path | None) -> tuple[list[str], int]:
    """Return what is wrong, and the number of pipelines that were checked."""
    from k8s.check import immutable, pipelines
    from k8s.check.overlays import check
    from k8s.check.pipeline.package import read

    before = immutable.applied_objects(applied) if applied else []
    messages: list[str] = []
    packages = 0
    for file in sorted(COMPILED.glob("*.yaml")):
        messages += [f"{COMPILED.name}: {fault}" for fault in pipelines.faults(read(file))]
        packages += 1
    for overlay in overlays:
        checked = check(overlay, before)
        messages += [f"{overlay.name}: {fault}" for fault in checked.faults]
        packages += checked.packages
    return messages, packages


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
