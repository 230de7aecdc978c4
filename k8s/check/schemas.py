"""Schemas: every object against the strict schema of its kind; a kind without a schema is a fault."""

from __future__ import annotations

from collections.abc import Sequence

import kubernetes_validate

from k8s.check.pods import title
from k8s.check.render import Manifest

KUBERNETES = "1.31"


def faults(objects: Sequence[Manifest]) -> list[str]:
    """Return unknown kinds, unknown fields, wrong types and absent fields, one sentence for each."""
    messages = []
    for manifest in objects:
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            messages.append(
                f"{title(manifest)}: Kubernetes {KUBERNETES} has no such kind in {manifest['apiVersion']}."
            )
        except kubernetes_validate.ValidationError as error:
            path = ".".join(map(str, error.absolute_path)) or "the object"
            messages.append(f"{title(manifest)}: {path}: {error.message}.")
    return messages
