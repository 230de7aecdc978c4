"""The service's settings as options of a command; what is left out comes from the environment."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import Final, NamedTuple

from model_service.settings import (
    EXPERIMENT,
    FEATURE_STORE,
    GRPC,
    JOURNAL,
    LAKE,
    LIVE_REDIS,
    MLFLOW_URI,
    TOKENS,
)


class Option(NamedTuple):
    """An option and the variable that it stands for."""

    name: str
    metavar: str
    variable: str
    meaning: str


OPTIONS: Final = (
    Option("--lake", "URI", LAKE, "root of the lake"),
    Option("--mlflow-uri", "URI", MLFLOW_URI, "model registry"),
    Option("--experiment", "FILE", EXPERIMENT, "YAML or JSON file"),
    Option("--feature-store", "FILE", FEATURE_STORE, "feature_store.yaml"),
    Option("--live-redis", "URL", LIVE_REDIS, "keeps live events"),
    Option("--journal", "FOLDER", JOURNAL, "events that wait for the lake"),
    Option("--grpc", "HOST:PORT", GRPC, "also serve gRPC there"),
    Option("--tokens", "FILE", TOKENS, "bearer tokens that may ask, one a line"),
)


def add_options(parser: ArgumentParser) -> None:
    """Give a command all of them."""
    for name, metavar, variable, meaning in OPTIONS:
        parser.add_argument(name, metavar=metavar, dest=variable, help=f"{meaning} [{variable}]")


def environment_of(options: Namespace) -> dict[str, str]:
    """The environment with the options that were given in it."""
    given = {option.variable: getattr(options, option.variable) for option in OPTIONS}
    return os.environ | {name: value for name, value in given.items() if value}
