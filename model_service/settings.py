"""What the service reads from its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from airloom.errors import AirloomError
from airloom.experiments.experiment import Experiment, Variant
from airloom.logs.lake import Lake
from airloom.settings import VARIABLE, parse

LAKE = "AIRLOOM_LAKE"
MLFLOW_URI = "AIRLOOM_MLFLOW_URI"
EXPERIMENT = "AIRLOOM_EXPERIMENT"
FEATURE_STORE = "AIRLOOM_FEATURE_STORE"
LIVE_REDIS = "AIRLOOM_LIVE_REDIS"
JOURNAL = "AIRLOOM_JOURNAL"
GRPC = "AIRLOOM_GRPC"
TOKENS = "AIRLOOM_TOKENS"

EVERYONE_GETS_AIR = Experiment("none", (Variant("air", 1.0, "air"),), salt="", control="air")
"""What is served where no experiment is set."""


@dataclass(frozen=True)
class ServiceSettings:
    """Where the service finds what it needs.

    Attributes:
        lake: Root of the lake that holds the snapshot and receives the exposures.
        mlflow_uri: Tracking URI of the MLflow server or database with the registered rankers.
        experiment: A YAML or JSON file with the `Experiment`; None serves AIR to everyone.
        feature_store: Another `feature_store.yaml`, for example with Redis; None takes the lake's own store.
        live_redis: URL of the Redis that keeps live events, `${NAME}` in it for what is secret; None keeps
            them in the process.
        journal: Folder of this machine for events on their way to the lake; None is `journal` in the lake.
        grpc: Where gRPC is served, as host:port; None serves HTTP alone.
        tokens: A file with the bearer tokens that may ask, one a line; None lets everybody ask.
    """

    lake: str
    mlflow_uri: str
    experiment: Path | None = None
    feature_store: str | None = None
    live_redis: str | None = None
    journal: Path | None = None
    grpc: str | None = None
    tokens: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ServiceSettings:
        """Read the variables whose names start with AIRLOOM_.

        Raises:
            AirloomError: AIRLOOM_LAKE or AIRLOOM_MLFLOW_URI is not set.
        """
        for name in (LAKE, MLFLOW_URI):
            if not environment.get(name):
                raise AirloomError(
                    f"The environment variable {name} is not set",
                    do=f"Set {LAKE} to the lake's root and {MLFLOW_URI} to the model registry, "
                    "for example sqlite:///.airloom/mlflow/mlflow.db",
                )
        experiment, journal, tokens = (environment.get(name) for name in (EXPERIMENT, JOURNAL, TOKENS))
        return cls(
            lake=environment[LAKE],
            mlflow_uri=environment[MLFLOW_URI],
            experiment=Path(experiment) if experiment else None,
            feature_store=environment.get(FEATURE_STORE) or None,
            live_redis=environment.get(LIVE_REDIS) or None,
            journal=Path(journal) if journal else None,
            grpc=environment.get(GRPC) or None,
            tokens=Path(tokens) if tokens else None,
        )

    def to_environment(self) -> dict[str, str]:
        """The variables from which `from_environment` reads equal settings."""
        values = {
            LAKE: self.lake,
            MLFLOW_URI: self.mlflow_uri,
            EXPERIMENT: self.experiment and str(self.experiment),
            FEATURE_STORE: self.feature_store,
            LIVE_REDIS: self.live_redis,
            JOURNAL: self.journal and str(self.journal),
            GRPC: self.grpc,
            TOKENS: self.tokens and str(self.tokens),
        }
        return {name: value for name, value in values.items() if value}

    def journal_folder(self, lake: Lake) -> Path:
        """Where events wait for the lake.

        Raises:
            AirloomError: None is set, and the lake is not on this machine.
        """
        if self.journal is not None:
            return self.journal
        try:
            return lake.path("journal")
        except AirloomError as error:
            raise AirloomError(
                f"{lake.root} is not on this machine, and events must wait for it somewhere",
                do=f"Set {JOURNAL} to a folder of this machine that outlives the process",
            ) from error

    def live_redis_url(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """The URL with its secrets, which are never kept.

        Raises:
            AirloomError: A variable in it is not set.
        """
        if self.live_redis is None:
            return None
        try:
            return VARIABLE.sub(lambda found: quote(environment[found[1]], safe=""), self.live_redis)
        except KeyError as error:
            raise AirloomError(
                f"{LIVE_REDIS} needs the environment variable {error.args[0]}", do="Set it"
            ) from error


def read_experiment(path: Path | None) -> Experiment:
    """The experiment in a YAML or JSON file.

    Raises:
        AirloomError: The file cannot be read or is not a valid experiment.
    """
    if path is None:
        return EVERYONE_GETS_AIR
    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AirloomError(
            f"The experiment file {path} cannot be read ({_first_line(error)})",
            do=f"Set {EXPERIMENT} to a YAML or JSON file with name, variants, salt and control",
        ) from error
    if not isinstance(values, dict):
        raise AirloomError(
            f"The experiment file {path} holds no mapping",
            do="Write name, variants, salt and control into it",
        )
    return parse(Experiment, values)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
