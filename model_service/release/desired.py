"""What should serve now: three pointers that others move, and what they point to."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from model_service.engine.loaded_release import LoadedRelease
from model_service.release.experiment_file import read_experiment
from model_service.release.rankers import ModelVersion, load_rankers, parse_rankers, resolve_aliases
from model_service.settings import ServiceSettings

SNAPSHOTS: Final = "snapshots"
_DIGEST: Final = re.compile(r"[0-9a-f]{16}")
_MAX_POINTER_BYTES: Final = 1 << 16
_MAX_SHOWN: Final = 40
"""Characters of what stands where a digest should."""


class DesiredRelease(NamedTuple):
    """What should serve; equal values mean the same.

    Attributes:
        experiment: From its file.
        snapshot: Digest, from `snapshots/current.json` of the lake.
        models: Each registered ranker of the experiment and its version, from the aliases of the registry.
    """

    experiment: Experiment
    snapshot: str
    models: tuple[tuple[str, ModelVersion], ...]


def check_settings(settings: ServiceSettings) -> None:
    """Check for mistakes that no waiting mends; what can appear later, a snapshot or a model, may be missing.

    Raises:
        AirloomError: The experiment cannot be read or names no ranker, or the lake is not on this machine.
    """
    parse_rankers(read_experiment(settings.experiment))
    Lake(settings.lake).path(SNAPSHOTS)


def read_desired_release(settings: ServiceSettings) -> DesiredRelease:
    """Follow the three pointers.

    Raises:
        AirloomError: One of them cannot be read or points nowhere.
    """
    experiment, snapshot = read_experiment(settings.experiment), current_digest(Lake(settings.lake))
    models = resolve_aliases(experiment, mlflow_uri=settings.mlflow_uri)
    return DesiredRelease(experiment, snapshot, tuple(sorted(models.items())))


def current_digest(lake: Lake) -> str:
    """Return the digest of the snapshot that `snapshots/current.json` names.

    Raises:
        AirloomError: It names none.
    """
    current = lake.path(SNAPSHOTS, "current.json")
    try:
        with current.open("rb") as stream:
            digest = json.loads(stream.read(_MAX_POINTER_BYTES).decode())["digest"]
    except FileNotFoundError as error:
        raise AirloomError(
            f"There is no snapshot yet: {current} is missing",
            do="Start the first daily run: airloom run daily, on Kubernetes airloom deploy run airloom-daily",
        ) from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise AirloomError(
            f"{current} does not name a snapshot ({type(error).__name__}: {error})",
            do="Build one with: airloom run daily",
        ) from error
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        shown = repr(digest)[:_MAX_SHOWN]
        raise AirloomError(f"{current} names {shown}, which is no digest", do="Build a snapshot anew")
    return digest


def load_snapshot(lake: Lake, digest: str) -> Snapshot:
    """Load the snapshot of a digest.

    Raises:
        AirloomError: It is gone or damaged, another snapshot than its name says, or holds no product on sale.
    """
    folder = lake.path(SNAPSHOTS, digest)
    snapshot = Snapshot.load(folder, keep=True)
    if snapshot.digest != digest:
        raise AirloomError(
            f"{folder} holds the snapshot {snapshot.digest!r}",
            do="Remove it and build it again with: airloom run daily",
        )
    if not len(snapshot.products):
        raise AirloomError(
            f"Snapshot {digest} holds no product on sale",
            do="Check published_at and retired_at of the products, then run: airloom run daily",
        )
    return snapshot


def load_release(release: DesiredRelease, *, lake: Lake, mlflow_uri: str) -> LoadedRelease:
    """Load a snapshot and the rankers of all variants.

    Raises:
        AirloomError: See `load_snapshot` and `load_rankers`.
    """
    snapshot = load_snapshot(lake, release.snapshot)
    rankers = load_rankers(release.experiment, dict(release.models), snapshot, mlflow_uri=mlflow_uri)
    return LoadedRelease(snapshot, rankers)
