"""Everything that is checked of one overlay: its objects, and the pipelines that it deploys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from airloom.errors import AirloomError
from k8s.check import (
    hardening,
    immutable,
    pipelines,
    probes,
    references,
    restricted,
    rollouts,
    schemas,
)
from k8s.check.deploy_command import cron_faults, image_faults, uploads
from k8s.check.render import Manifest, render


class CheckedOverlay(NamedTuple):
    """What was found in one overlay.

    Attributes:
        faults: What is wrong, one sentence each.
        packages: The number of pipelines that it deploys.
    """

    faults: list[str]
    packages: int


def check(overlay: Path, applied: Sequence[Manifest] = ()) -> CheckedOverlay:
    """Check `overlay`; rules count once every object is valid.

    Args:
        overlay: The overlay's folder.
        applied: The objects that were applied before.

    Raises:
        AirloomError: The overlay does not render.
    """
    objects = render(overlay)
    invalid = schemas.faults(objects)
    if invalid:
        return CheckedOverlay(invalid, packages=0)
    rules = (references, restricted, hardening, probes, rollouts, immutable)
    found = [fault for rule in rules for fault in rule.faults(objects)]
    found += immutable.changes(applied, objects)
    try:
        deployed = uploads(objects)
    except AirloomError as error:
        return CheckedOverlay([*found, str(error)], packages=0)
    for upload in deployed:
        found += [*cron_faults(upload), *image_faults(upload)]
        found += pipelines.faults(upload.package, objects=objects, parameters=upload.parameters)
    return CheckedOverlay(found, packages=len(deployed))
