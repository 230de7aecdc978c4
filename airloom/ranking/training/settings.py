"""How a ranker is trained: every number that a recipe may change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from airloom.errors import AirloomError
from airloom.ranking.settings import RankerSettings
from airloom.settings import formerly

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class LabelWeights:
    """The weight of each action as a label; 0 leaves an action out.

    Attributes:
        click: Of a click.
        cart: Of a product put into the cart.
        order: Of an order.
    """

    click: float = 0.3
    cart: float = 0.6
    order: float = 1.0


@dataclass(frozen=True)
class FitSettings:
    """How a network is fitted.

    Attributes:
        epochs: Passes over the examples at most.
        patience: Passes without a lower held-out error before training stops (early stopping).
        learning_rate: Its highest value, after a linear warm-up over the first tenth of the steps; then it
            falls to zero (cosine schedule).
        weight_decay: Of AdamW.
        accumulate: Batches whose gradients are summed for one step.
        precision: `bfloat16` computes the forward pass in it, on a GPU about twice as fast.
        device: `auto` takes a GPU if there is one.
        threads: Threads of torch; another number may give other last digits.
    """

    epochs: int = 4
    patience: int = 2
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    accumulate: int = 1
    precision: Literal["float32", "bfloat16"] = "float32"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "accumulate", "threads"):
            if getattr(self, name) < 1:
                raise AirloomError(f"{name} is {getattr(self, name)}", do="Set it to at least 1")

    @property
    def torch_device(self) -> torch.device:
        """The device to compute on; `auto` takes a GPU if there is one."""
        import torch  # here, so that settings can be read without it

        chosen = self.device if self.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        return torch.device(chosen)


@dataclass(frozen=True)
class EncoderTrainingSettings:
    """How a sequence encoder is trained.

    Attributes:
        fit: Epochs, learning rate and so on.
        negatives: Products that a target is compared with, drawn anew for each step; all if there are fewer.
        batch: Histories of a step.
        held_out: Share of the users whose events only decide when to stop (early stopping).
        days: How far back events are read.
    """

    fit: FitSettings = field(
        default_factory=lambda: FitSettings(epochs=8, patience=3, learning_rate=4e-3, weight_decay=0.01)
    )
    negatives: int = 4096
    batch: int = 256
    held_out: float = 0.02
    days: int = 365


@dataclass(frozen=True)
class ForestSettings:
    """Size of a forest of boosted trees.

    Attributes:
        rounds: The number of trees; with 0 there is no forest.
        leaves: Leaves of a tree.
        learning_rate: Share of each tree.
        min_samples_leaf: Candidates in a leaf at least.
        l2: Regularization of leaf values.
        max_labels: Labels that it learns from, the newest ones: they are in memory at once.
    """

    rounds: int = 150
    leaves: int = 15
    learning_rate: float = 0.1
    min_samples_leaf: int = field(default=200, metadata=formerly("least_in_leaf"))
    l2: float = 1.0
    max_labels: int = 20_000

    def __post_init__(self) -> None:
        for name, at_least in (("rounds", 0), ("max_labels", 1)):
            if getattr(self, name) < at_least:
                raise AirloomError(f"{name} is {getattr(self, name)}", do=f"Set it to at least {at_least}")


@dataclass(frozen=True)
class TrainingSettings:
    """How a ranker is trained.

    Attributes:
        ranker: What it reads and how large it is.
        encoder: How the sequence encoders are trained, before the second stage and again after it.
        fit: How the network is fitted.
        forest: Size of the forest.
        negatives: Products each target is compared with.
        popular_share: Share of them that is drawn by popularity.
        negatives_from: `all` products, or those of the `same_top` category as the target.
        held_out: Share of the examples, the latest ones, that only decide when to stop (early stopping) and
            how much each part of the second stage counts.
        batch: Examples in a step.
        seed: Decides the negatives, the order and the initial weights.
    """

    ranker: RankerSettings = field(default_factory=RankerSettings)
    encoder: EncoderTrainingSettings = field(default_factory=EncoderTrainingSettings)
    fit: FitSettings = field(default_factory=FitSettings)
    forest: ForestSettings = field(default_factory=ForestSettings)
    negatives: int = 30
    popular_share: float = 0.5
    negatives_from: Literal["all", "same_top"] = "all"
    held_out: float = 0.15
    batch: int = 64
    seed: int = 17

    def __post_init__(self) -> None:
        if self.negatives < 1:
            raise AirloomError(f"negatives is {self.negatives}", do="Set it to at least 1")
        if not 0 < self.held_out < 1:
            raise AirloomError(f"held_out is {self.held_out}", do="Set it above 0 and below 1")

    def without_intents(self) -> TrainingSettings:
        """Return the settings of the control: the same ranker without intents."""
        ranker = self.ranker
        inputs = replace(ranker.inputs, use_intents=False)
        towers = ranker.towers.without("intents")
        return replace(self, ranker=replace(ranker, inputs=inputs, towers=towers))

    def with_inferred(self) -> TrainingSettings:
        """Return the settings of a ranker that may read behaviors beyond the log."""
        inputs = replace(self.ranker.inputs, use_inferred=True)
        return replace(self, ranker=replace(self.ranker, inputs=inputs))
