"""All checks of one overlay: of its objects, and of the pipelines that it deploys."""

from __future__ import annotations

import traceback
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
from k8s.check.deploy_command import cron_faults, experiment_faults, image_faults, uploads
from k8s.check.render import Manifest, render


class CheckedOverlay(NamedTuple):
    """The result of checking one overlay.

    Attributes:
        faults: What is wrong, one sentence each.
        packages: The number of pipelines that it deploys.
    """

    faults: list[str]
    packages: int


def check(overlay: Path, applied: Sequence[Manifest] = ()) -> CheckedOverlay:
    """Check `overlay`; the rules are only applied if every object is valid.

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
    try:
        return _check(objects, applied)
    except AirloomError as error:
        return CheckedOverlay([str(error)], packages=0)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return CheckedOverlay([_unknown_form(error)], packages=0)


def _check(objects: Sequence[Manifest], applied: Sequence[Manifest]) -> CheckedOverlay:
    rules = (references, restricted, hardening, probes, rollouts, immutable)
    faults = [fault for rule in rules for fault in rule.faults(objects)]
    faults += immutable.changes(applied, objects)
    try:
        deployed = uploads(objects)
    except AirloomError as error:
        return CheckedOverlay([*faults, str(error)], packages=0)
    for upload in deployed:
        faults += [*cron_faults(upload), *image_faults(upload), *experiment_faults(upload, objects)]
        faults += pipelines.faults(upload.package, objects=objects, parameters=upload.parameters)
    return CheckedOverlay(faults, packages=len(deployed))


def _unknown_form(error: Exception) -> str:
    """Return the message for an object that satisfies the schemas and still lacks what the rules read."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"an object lacks a field, or has one of another form ({type(error).__name__}: {error}, in "
        f"{Path(frame.filename).name} line {frame.lineno}); complete it, or teach the check its form."
    )
