"""`python -m k8s.check [OVERLAY ...]`: renders the overlays and prints what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path

from airloom.errors import AirloomError
from k8s.check import hardening, references, schemas
from k8s.check.render import render

OVERLAYS = Path(__file__).resolve().parents[1] / "overlays"


def faults(overlay: Path) -> list[str]:
    """What is wrong with `overlay`, one sentence each; references count once every object is valid."""
    objects = render(overlay)
    return schemas.faults(objects) or [*references.faults(objects), *hardening.faults(objects)]


def main(arguments: list[str]) -> int:
    """Check the named overlays, or all; 1 if any has a fault."""
    overlays = [Path(argument) for argument in arguments] or sorted(OVERLAYS.iterdir())
    try:
        found = [f"{overlay.name}: {fault}" for overlay in overlays for fault in faults(overlay)]
    except AirloomError as error:
        found = [str(error)]
    print(*found or [f"Kubernetes manifests are right: {len(overlays)} overlay(s)."], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
