"""The encoder's network: objects become vectors, a history one vector that points to the next product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from airloom.logs.contract import ACTIONS

STEP_BUCKETS = 12
"""Distances of 0 to 7 events have a bucket each, then 8 to 15, 16 to 31, 32 to 63 and more."""
GAP_BUCKETS = 12
"""Bucket b holds gaps of up to 2**(b - 1) hours between two events, the last one everything longer."""

_EVERY = slice(None)
_LAST = slice(-1, None)


@dataclass(frozen=True)
class EncoderSettings:
    """What the encoder reads of an object, and how large it is.

    Attributes:
        members: Readers that are trained side by side; their scores are averaged.
        width: Dimensions of a member's vector.
        heads: Attention heads.
        longest: Newest events that are read.
        dropout: Share of a vector's numbers dropped in training.
        use_texts: Titles are read.
        use_intents: Intent paths are read.
        forget_ids: Share of objects whose own vector and bias are hidden in a training step, so that the
            encoder also learns what to do with an object that nobody has touched yet.
    """

    members: int = 2
    width: int = 64
    heads: int = 2
    longest: int = 50
    dropout: float = 0.3
    use_texts: bool = True
    use_intents: bool = True
    forget_ids: float = 0.2


class Traits(NamedTuple):
    """What is known of some objects, as tensors.

    Attributes:
        own: int64 [O], row of the object's own vector, 0 for none.
        texts: float32 [O, D], embedding of the title.
        intents: float32 [O, D], mean embedding of the nodes of its paths, weighted by confidence.
        nodes: int64 [O, K], 1 + node id, 0 for none or one that training did not know.
        shares: float32 [O, K], shares of these nodes, summing to 1 if there are any.
    """

    own: Tensor
    texts: Tensor
    intents: Tensor
    nodes: Tensor
    shares: Tensor

    def of(self, objects: Tensor) -> Traits:
        """The traits of some objects, int64 [n]."""
        return Traits(*(column[objects] for column in self))

    def forgetting(self, share: float) -> Traits:
        """The same as if training had never seen a `share` of the objects, drawn anew."""
        forgotten = torch.rand(self.own.shape, device=self.own.device) < share
        return self._replace(own=self.own.masked_fill(forgotten, 0))


class Events(NamedTuple):
    """Events of B users, padded in front to the same length L.

    Attributes:
        vectors: float [B, L, width], of the events' objects; the members' vectors end to end.
        actions: int64 [B, L].
        timestamps: int64 [B, L], seconds.
        absent: bool [B, L], padding.
    """

    vectors: Tensor
    actions: Tensor
    timestamps: Tensor
    absent: Tensor


class EncoderNetwork(nn.Module):
    """Several members that read the same events; a score is the mean of theirs.

    Members differ by their first weights and by what is hidden from them in training, so that what one has
    learnt by chance the others have not (deep ensembles, Lakshminarayanan et al., NeurIPS 2017). Their
    vectors and states stand end to end: whoever uses the encoder multiplies one state with one direction.

    Attributes:
        members: Each with the interface of the whole.
        settings: Sizes.
        width: Dimensions of a vector, of all members together.
        nodes: How many intent nodes training knew.
    """

    members: Sequence[Member]

    def __init__(self, settings: EncoderSettings, *, objects: int, nodes: int, text_dimensions: int) -> None:
        super().__init__()
        self.settings, self.nodes = settings, nodes
        self.width = settings.members * settings.width
        self.members = nn.ModuleList(  # type: ignore[assignment]  # a sequence of modules that torch knows of
            Member(settings, objects=objects, nodes=nodes, text_dimensions=text_dimensions)
            for _ in range(settings.members)
        )

    def vectors(self, traits: Traits) -> Tensor:
        """One vector an object, float32 [O, width]."""
        return torch.cat([member.vectors(traits) for member in self.members], dim=1)

    def directions(self, vectors: Tensor) -> Tensor:
        """What a state is multiplied with to score objects, [O, width]."""
        scales = self.scales(vectors).repeat_interleave(self.settings.width, dim=1)
        return vectors * scales

    def scales(self, vectors: Tensor) -> Tensor:
        """What each member's vectors are multiplied with to be directions, [O, members]."""
        parts = zip(self.members, self._divided(vectors), strict=True)
        return torch.cat([member.scales(part) for member, part in parts], dim=1) / len(self.members)

    def biases(self, own: Tensor) -> Tensor:
        """How often objects are wanted whatever came before, [O]; `own` as in `Traits`."""
        return torch.stack([member.biases(own) for member in self.members]).mean(dim=0)

    def forward(self, events: Events, *, last: bool = False) -> Tensor:
        """The state after every event, [B, L, width]; anything where an event is absent.

        Args:
            events: Of all users.
            last: Only the state after the last event, [B, 1, width], which takes a fraction of the time.
        """
        parts = zip(self.members, self._divided(events.vectors), strict=True)
        return torch.cat([member(events._replace(vectors=part), last=last) for member, part in parts], dim=2)

    def _divided(self, vectors: Tensor) -> Sequence[Tensor]:
        """What belongs to each member."""
        return vectors.chunk(len(self.members), dim=-1)


class Member(nn.Module):
    """Causal self-attention over events, after SASRec (Kang and McAuley, ICDM 2018).

    Positions are not absolute: attention knows how many events and how much time lie between two events, so
    that a state in the middle of a history is like one at its end. Scores are of normalised object vectors,
    so that frequent objects do not win by length; each known object has a bias for how often it is wanted.
    """

    def __init__(self, settings: EncoderSettings, *, objects: int, nodes: int, text_dimensions: int) -> None:
        super().__init__()
        width = settings.width
        self.settings = settings
        self.own = nn.Embedding(objects + 1, width, padding_idx=0)
        self.sharpness = nn.Parameter(torch.zeros(()))
        self.bias = nn.Embedding(objects + 1, 1, padding_idx=0)
        self.node = nn.EmbeddingBag(nodes + 1, width, mode="sum", padding_idx=0)
        self.text = nn.Linear(text_dimensions, width, bias=False)
        self.intent = nn.Linear(text_dimensions, width, bias=False)
        self.action = nn.Embedding(len(ACTIONS), width)
        for table in (self.own, self.node, self.action):
            nn.init.normal_(table.weight, std=0.02)
        nn.init.zeros_(self.bias.weight)
        with torch.no_grad():
            self.own.weight[0] = 0
            self.node.weight[0] = 0
        self.block = Block(settings)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(settings.dropout)

    def vectors(self, traits: Traits) -> Tensor:
        """One vector an object, float32 [O, width]."""
        settings = self.settings
        out: Tensor = self.own(traits.own)
        if settings.use_texts:
            out = out + self.text(traits.texts)
        if settings.use_intents:
            nodes = self.node(traits.nodes, per_sample_weights=traits.shares)
            out = out + nodes + self.intent(traits.intents)
        return out

    def directions(self, vectors: Tensor) -> Tensor:
        """What a state is multiplied with to score objects, [O, width]."""
        return vectors * self.scales(vectors)

    def scales(self, vectors: Tensor) -> Tensor:
        """What vectors are multiplied with to be directions, all of one length, [O, 1]."""
        out: Tensor = self.sharpness.exp() / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)
        return out

    def biases(self, own: Tensor) -> Tensor:
        """How often objects are wanted whatever came before, [O]; `own` as in `Traits`."""
        out: Tensor = self.bias(own).squeeze(1)
        return out

    def forward(self, events: Events, *, last: bool = False) -> Tensor:
        """See `EncoderNetwork.forward`."""
        states = self.dropout(events.vectors + self.action(events.actions))
        asked = _LAST if last else _EVERY
        out: Tensor = self.norm(self.block(states, _relations(events, asked), asked))
        return out


class Block(nn.Module):
    """One block of attention and feed-forward, each with a norm before it."""

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__()
        width, self.heads = settings.width, settings.heads
        self.before = nn.LayerNorm(width)
        self.inner = nn.LayerNorm(width)
        self.mixed = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.by_step = nn.Embedding(STEP_BUCKETS, settings.heads)
        self.by_gap = nn.Embedding(GAP_BUCKETS, settings.heads)
        nn.init.zeros_(self.by_step.weight)
        nn.init.zeros_(self.by_gap.weight)
        self.feed = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(settings.dropout), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, states: Tensor, relations: _Relations, asked: slice) -> Tensor:
        """The states after the events that are asked for, [B, A, width]."""
        mixed = self.mixed(self.before(states)).unflatten(2, (3, self.heads, -1))
        query, key, value = mixed.permute(2, 0, 3, 1, 4)
        nearness = (self.by_step(relations.steps) + self.by_gap(relations.gaps)).permute(0, 3, 1, 2)
        nearness = nearness.masked_fill(relations.hidden.unsqueeze(1), -1e4)
        closeness = query[:, :, asked] @ key.transpose(2, 3) * query.shape[3] ** -0.5 + nearness
        found = closeness.softmax(dim=3) @ value
        joined = self.joined(found.transpose(1, 2).flatten(2))
        states = states[:, asked] + self.dropout(joined)
        out: Tensor = states + self.dropout(self.feed(self.inner(states)))
        return out


class _Relations(NamedTuple):
    """What lies between each of A events that are asked for and each of all L.

    Attributes:
        steps: int64 [1, A, L], buckets of how many events.
        gaps: int64 [B, A, L], buckets of how much time.
        hidden: bool [B, A, L], the second is absent or comes after the first.
    """

    steps: Tensor
    gaps: Tensor
    hidden: Tensor


def _relations(events: Events, asked: slice) -> _Relations:
    timestamps = events.timestamps
    places = torch.arange(timestamps.shape[1], device=timestamps.device)
    apart = places[asked, None] - places[None, :]
    near = apart.clamp(min=0)
    steps = torch.where(near < 8, near, 5 + torch.log2(near.clamp(min=1).float()).long())
    hours = (timestamps[:, asked, None] - timestamps[:, None, :]).clamp(min=0) / 3600
    gaps = torch.ceil(torch.log2(hours.clamp(min=0.5))) + 1
    return _Relations(
        steps.clamp(max=STEP_BUCKETS - 1)[None],
        gaps.long().clamp(max=GAP_BUCKETS - 1),
        events.absent.unsqueeze(1) | (apart < 0)[None],
    )
