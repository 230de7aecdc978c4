"""A trained generator, and how it is stored: safetensors, JSON and Arrow, no pickle."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from airloom.beyond_log.item_tokens import TokenSpace
from airloom.beyond_log.network import GeneratorNetwork
from airloom.beyond_log.product_quantization import ProductQuantizer
from airloom.beyond_log.settings import GeneratorSettings
from airloom.errors import AirloomError
from airloom.files import atomic_dir
from airloom.ranking.weights import sorted_weights, weights_digest
from airloom.settings import as_dict, parse

WEIGHTS: Final = "generator.safetensors"
TOKENS: Final = "tokens.safetensors"
ITEM_IDS: Final = "objects.arrow"
CONFIG: Final = "config.json"
RETRAIN: Final = "Remove it and train the generator again"


class BehaviorGenerator:
    """A network and the tokens that it knows; it knows no user and no snapshot.

    Attributes:
        network: As it was trained.
        space: The tokens of objects.
        version: A digest of everything above.
    """

    def __init__(self, network: GeneratorNetwork, space: TokenSpace) -> None:
        self.network = network.eval()
        self.space = space
        self.version = f"generator-{_digest(network, space)}"

    def save(self, folder: Path) -> None:
        """Write the generator to `folder`, atomically."""
        config = {"settings": as_dict(self.network.settings), "version": self.version}
        table = pa.table({"object_id": pa.array(self.space.item_ids, pa.string())})
        with atomic_dir(folder) as temporary:
            save_file(sorted_weights(self.network), temporary / WEIGHTS)
            arrays = {name: torch.from_numpy(values) for name, values in _arrays(self.space).items()}
            save_file(arrays, temporary / TOKENS)
            file = str(temporary / ITEM_IDS)
            with pa.OSFile(file, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
            text = json.dumps(config, indent=2, sort_keys=True)
            (temporary / CONFIG).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> BehaviorGenerator:
        """Return the generator that `save` wrote.

        Raises:
            AirloomError: The folder holds no generator, or a damaged one.
        """
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            settings = parse(GeneratorSettings, config["settings"])
            space = _space(folder)
            weights = load_file(folder / WEIGHTS)
            network = GeneratorNetwork(
                settings,
                columns=len(weights["mask"]),
                embeddings=space.embeddings,
                features=weights["feature.0.weight"].shape[1],
            )
            network.load_state_dict(weights)
            generator, expected = cls(network, space), config["version"]
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise AirloomError(
                f"{folder} is not a stored behavior generator ({type(error).__name__}: {error})", do=RETRAIN
            ) from error
        if generator.version != expected:
            raise AirloomError(
                f"{folder} does not hold {expected}: the digest of its content is {generator.version}",
                do=RETRAIN,
            )
        return generator


def _arrays(space: TokenSpace) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "basis": space.basis,
        "regression": space.regression,
        "item_vectors": space.item_vectors,
        "item_codes": space.item_codes,
    }
    if space.quantizer is not None:
        arrays |= {f"quantizer.{name}": values for name, values in space.quantizer._asdict().items()}
    return {name: np.ascontiguousarray(values) for name, values in arrays.items()}


def _space(folder: Path) -> TokenSpace:
    with pa.memory_map(str(folder / ITEM_IDS)) as source:
        ids = pa.ipc.open_file(source).read_all()["object_id"].to_pylist()
    arrays = {name: values.numpy() for name, values in load_file(folder / TOKENS).items()}
    prefix = "quantizer."
    parts = {name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)}
    return TokenSpace(
        ids,
        arrays["basis"],
        arrays["regression"],
        arrays["item_vectors"],
        arrays["item_codes"],
        ProductQuantizer(**parts) if parts else None,
    )


def _digest(network: GeneratorNetwork, space: TokenSpace) -> str:
    digest = hashlib.sha256(weights_digest(network).encode())
    digest.update(json.dumps([as_dict(network.settings), space.item_ids], sort_keys=True).encode())
    for name, values in sorted(_arrays(space).items()):
        digest.update(f"{name} {values.shape}".encode())
        digest.update(values.reshape(-1).data)
    return digest.hexdigest()[:12]
