"""What a ranker reads and how large it is: settings, without what they are settings of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final, Literal, TypeAlias

from airloom.errors import AirloomError
from airloom.ranking.event_weights import EventWeightSettings
from airloom.settings import formerly


@dataclass(frozen=True)
class RetrievalSettings:
    """How nodes and evidence are chosen.

    Attributes:
        nodes: Nodes kept for a candidate.
        evidence: Events kept for a candidate.
        log_weight_factor: gamma, the factor of log(1 + weight of a node), which is added to its similarity.
        category_bonus: What being a category of the candidate itself adds.
        min_similarity: Other nodes less similar than this are never kept.
        max_age_days: Older events are no evidence.
    """

    nodes: int = field(default=8, metadata=formerly("chains"))
    evidence: int = 12
    log_weight_factor: float = field(default=0.1, metadata=formerly("weight_share"))
    category_bonus: float = field(default=0.5, metadata=formerly("kinship"))
    min_similarity: float = field(default=0.2, metadata=formerly("least_similarity"))
    max_age_days: float = 30.0


@dataclass(frozen=True)
class InferredSettings:
    """How candidates attend to inferred behaviors.

    Attributes:
        temperature: A product whose title has a cosine lower by this counts less by a factor of e.
    """

    temperature: float = 0.1

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise AirloomError(f"temperature is {self.temperature}", do="Set it above 0")


@dataclass(frozen=True)
class InputSettings:
    """What the ranker reads. The switches but `use_inferred` are AIR's ablations: each takes one part away.

    Attributes:
        use_intents: False hides every intent: no retrieved nodes, no tree features, evidence by recency only.
            This is the control that shows what intents add.
        node_weights: False ignores how often and how recently a node was touched: a set of nodes, no tree.
        target_aware_retrieval: False keeps the same nodes and evidence for every candidate: the heaviest
            nodes and the newest events.
        leaves_only: True reads only the finest node of each path.
        use_inferred: True reads the behaviors beyond the log that histories carry. Of a trained ranker it is
            false where held-out labels say that they count nothing.
        tree: Weights and decay of events.
        retrieval: How nodes and evidence are chosen.
        inferred: How candidates attend to inferred behaviors.
    """

    use_intents: bool = True
    node_weights: bool = field(default=True, metadata=formerly("weigh_nodes"))
    target_aware_retrieval: bool = field(default=True, metadata=formerly("aim_at_target"))
    leaves_only: bool = False
    use_inferred: bool = False
    tree: EventWeightSettings = field(default_factory=EventWeightSettings)
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    inferred: InferredSettings = field(default_factory=InferredSettings)


ItemText: TypeAlias = Literal["title", "card"]
"""What is read as the text of an object."""


@dataclass(frozen=True)
class EncoderSettings:
    """What a sequence encoder reads of an item, and how large it is.

    Attributes:
        ensemble_members: Networks that are trained side by side; their scores are averaged. With 0 there is
            no such encoder.
        width: Dimensions of a member's vector.
        heads: Attention heads.
        max_events: Newest events of a history that are read.
        dropout: Share of a vector's numbers dropped in training.
        use_ids: Items that training knew have an id embedding and a bias.
        use_texts: A text is read.
        text: Which one: `title`, or `card` for the title with the knowledge card (a snapshot with cards is
            needed).
        use_intents: Intent paths are read.
        id_dropout: Share of items whose id embedding and bias are hidden in a training step, so that the
            encoder also learns to score an item without events (cold start).
    """

    ensemble_members: int = field(default=2, metadata=formerly("members"))
    width: int = 64
    heads: int = 2
    max_events: int = field(default=50, metadata=formerly("longest"))
    dropout: float = 0.3
    use_ids: bool = True
    use_texts: bool = True
    text: ItemText = "title"
    use_intents: bool = True
    id_dropout: float = field(default=0.2, metadata=formerly("forget_ids"))


@dataclass(frozen=True)
class TowerSettings:
    """The sequence encoders of a ranker, each trained alone; the network reads the first one's score.

    What one encoder reads cannot spoil the score of another, so the second stage can learn how far to trust
    each.

    Attributes:
        ids: Reads ids and titles: it knows what follows what.
        texts: Reads titles only: products that nobody has bought have a score from the first second.
        intents: Reads intent paths only.
    """

    ids: EncoderSettings = field(default_factory=lambda: EncoderSettings(use_intents=False))
    texts: EncoderSettings = field(
        default_factory=lambda: EncoderSettings(ensemble_members=1, use_ids=False, use_intents=False)
    )
    intents: EncoderSettings = field(
        default_factory=lambda: EncoderSettings(ensemble_members=1, use_ids=False, use_texts=False)
    )

    def __post_init__(self) -> None:
        if self.ids.ensemble_members < 1:
            raise AirloomError("There is no tower of ids", do="Set towers.ids.ensemble_members to at least 1")
        for name in TOWERS:
            if (members := getattr(self, name).ensemble_members) < 0:
                raise AirloomError(
                    f"towers.{name}.ensemble_members is {members}",
                    do="Set it to 0, for no such tower, or more",
                )

    def without(self, *names: str) -> TowerSettings:
        """Return the same without some of the encoders."""
        return replace(self, **{name: replace(getattr(self, name), ensemble_members=0) for name in names})

    def trained(self) -> dict[str, EncoderSettings]:
        """Return the encoders that there are, by name."""
        towers: dict[str, EncoderSettings] = {name: getattr(self, name) for name in TOWERS}
        return {name: settings for name, settings in towers.items() if settings.ensemble_members}


TOWERS: Final = tuple(tower.name for tower in fields(TowerSettings))
"""The names of the encoders, in the order of their scores."""


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes of the network.

    Attributes:
        width: Dimensions of a token.
        heads: Attention heads.
        hidden: Units of the MLP's first layer; the second has half as many.
        dropout: Share of the MLP's units that are dropped in training.
    """

    width: int = 32
    heads: int = 4
    hidden: int = 96
    dropout: float = 0.2


@dataclass(frozen=True)
class RankerSettings:
    """What a ranker reads and how large it is; stored with its weights.

    Attributes:
        inputs: What it reads.
        towers: The sequence encoders.
        network: Sizes of the network.
        price_exponent: Exponent of the price in the score: 0 ranks by the probability of an order, 1 by the
            expected revenue.
    """

    inputs: InputSettings = field(default_factory=InputSettings)
    towers: TowerSettings = field(default_factory=TowerSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    price_exponent: float = field(default=0.0, metadata=formerly("value"))

    def without_unused(self, weights: Mapping[str, float]) -> RankerSettings:
        """Return the same without the parts of the stack that count nothing; see `StackWeights`."""
        unused = [name for name in TOWERS if weights.get(name) == 0]
        inputs = replace(self.inputs, use_inferred=self.inputs.use_inferred and weights["inferred"] > 0)
        return replace(self, inputs=inputs, towers=self.towers.without(*unused))
