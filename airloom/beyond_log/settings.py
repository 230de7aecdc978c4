"""Settings of the behavior generator: size, training, sampling, and what is kept of its samples."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.errors import AirloomError
from airloom.ranking.training.settings import FitSettings


@dataclass(frozen=True)
class TokenSettings:
    """How objects become tokens.

    Attributes:
        max_item_tokens: Up to this number of objects each one is a token of its own; more are written in
            codes.
        columns: Codes of an object (subspaces of the product quantization).
        codewords: Values of a code.
        content_dimensions: Of the vectors of titles and intents.
        cooccurrence_dimensions: Of the vectors of co-occurrence that are quantized beside those of content.
    """

    max_item_tokens: int = 10_000
    columns: int = 4
    codewords: int = 256
    content_dimensions: int = 128
    cooccurrence_dimensions: int = 64


@dataclass(frozen=True)
class GeneratorSettings:
    """What the generator reads, and how large it is; stored with its weights.

    Attributes:
        width: Dimensions of a position.
        layers: Transformer layers.
        heads: Attention heads.
        dropout: Share of a vector's numbers dropped in training.
        max_events: Newest events of a history that are read.
        blanks: Purchases to come that are asked for.
    """

    width: int = 128
    layers: int = 2
    heads: int = 4
    dropout: float = 0.2
    max_events: int = 50
    blanks: int = 5

    def __post_init__(self) -> None:
        if self.width % self.heads or min(self.layers, self.heads, self.max_events, self.blanks) < 1:
            raise AirloomError(
                f"No generator has width {self.width}, {self.heads} heads, {self.layers} layers, "
                f"{self.max_events} events and {self.blanks} blanks",
                do="Set all to at least 1, and width to a multiple of heads",
            )


@dataclass(frozen=True)
class CorruptionSettings:
    """Shares of the ways in which a training sequence is masked; they are normalized to sum to one.

    Attributes:
        tokens: Each token is masked with probability t, drawn from (0, 1] for each sequence.
        items: Each item is masked whole with probability t.
        purchases: All products are masked, content is not.
        blanks: The blanks are masked and nothing else: what inference asks.
    """

    tokens: float = 0.5
    items: float = 0.3
    purchases: float = 0.2
    blanks: float = 0.0

    @property
    def shares(self) -> tuple[float, ...]:
        """The four shares in the order of the attributes, normalized."""
        shares = (self.tokens, self.items, self.purchases, self.blanks)
        if min(shares) < 0 or sum(shares) <= 0:
            raise AirloomError(f"Shares of corruption are {shares}", do="Set none below 0, one above 0")
        return tuple(share / sum(shares) for share in shares)


@dataclass(frozen=True)
class GeneratorTrainingSettings:
    """How a generator is trained.

    Attributes:
        generator: Its size.
        tokens: How objects become tokens.
        corruption: What is masked.
        fit: Epochs, learning rate and so on.
        batch: Sequences of a step.
        held_out: Share of the users who only decide when to stop (early stopping).
        max_held_out: Of their sequences this number is judged, drawn once.
        max_sequences: Of the others this number is read in an epoch, drawn anew for each.
        days: How far back events are read.
        seed: Decides initial weights, order and masks.
    """

    generator: GeneratorSettings = field(default_factory=GeneratorSettings)
    tokens: TokenSettings = field(default_factory=TokenSettings)
    corruption: CorruptionSettings = field(default_factory=CorruptionSettings)
    fit: FitSettings = field(
        default_factory=lambda: FitSettings(epochs=12, patience=3, learning_rate=2e-3, weight_decay=0.01)
    )
    batch: int = 128
    held_out: float = 0.05
    max_held_out: int = 2000
    max_sequences: int = 30_000
    days: int = 365
    seed: int = 17


@dataclass(frozen=True)
class SamplingSettings:
    """How behaviors are drawn from the generator.

    Attributes:
        samples: Samples of a user.
        passes: Forward passes of a sample; after each but the last, the surest blanks are filled.
        temperature: Below one, likely products are drawn more often.
        threads: Threads of torch.
    """

    samples: int = 32
    passes: int = 1
    temperature: float = 0.4
    threads: int = 1

    def __post_init__(self) -> None:
        if self.samples < 1 or self.passes < 1 or self.temperature <= 0 or self.threads < 1:
            raise AirloomError(
                f"Nothing is drawn with {self.samples} samples, {self.passes} passes, temperature "
                f"{self.temperature} and {self.threads} threads",
                do="Set samples, passes and threads to at least 1 and temperature above 0",
            )


@dataclass(frozen=True)
class SelectionSettings:
    """Which proposed behaviors are kept.

    Attributes:
        min_samples: Fewer samples than this do not agree.
        min_similarity: Cosine that some node of the user's intent tree must have with the product's title
            (semantic consistency).
        max_per_category: Products of one leaf category.
        popularity_exponent: A weight is divided by (1 + popularity / mean popularity) to this power.
        limit: Behaviors of a user.
    """

    min_samples: int = 2
    min_similarity: float = 0.2
    max_per_category: int = 8
    popularity_exponent: float = 0.1
    limit: int = 20
