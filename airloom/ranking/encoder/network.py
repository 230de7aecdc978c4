"""The encoder's network: item vectors, and causal self-attention that predicts the next product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from airloom.logs.contract import ACTIONS
from airloom.ranking.settings import EncoderSettings

STEP_BUCKETS = 12
"""Distances of 0 to 7 events have a bucket each, then 8 to 15, 16 to 31, 32 to 63 and more."""
GAP_BUCKETS = 12
"""Bucket b holds gaps of up to 2**(b - 1) hours between two events, the last one everything longer."""

_ALL_QUERIES = slice(None)
_LAST_QUERY = slice(-1, None)


class ItemFeatures(NamedTuple):
    """What the encoder reads of O items, as tensors.

    Attributes:
        item_id_row: int64 [O], row of the item's id embedding, 0 for none.
        texts: float32 [O, D], embedding of the title.
        intents: float32 [O, D], mean embedding of the nodes of its paths, weighted by confidence.
        nodes: int64 [O, K], 1 + node id, 0 for none or one that training did not know.
        node_shares: float32 [O, K], shares of these nodes, summing to 1 if there are any.
    """

    item_id_row: Tensor
    texts: Tensor
    intents: Tensor
    nodes: Tensor
    node_shares: Tensor

    def take(self, items: Tensor) -> ItemFeatures:
        """Return the features of some items, int64 [n]."""
        return ItemFeatures(*(column[items] for column in self))

    def with_id_dropout(self, rate: float) -> ItemFeatures:
        """Return the same with the ids of a share of the items hidden, drawn anew."""
        hidden = torch.rand(self.item_id_row.shape, device=self.item_id_row.device) < rate
        return self._replace(item_id_row=self.item_id_row.masked_fill(hidden, 0))


class EventBatch(NamedTuple):
    """Events of B users, padded in front to the same length L.

    Attributes:
        vectors: float [B, L, width], of the events' items; the members' vectors concatenated.
        actions: int64 [B, L].
        timestamps: int64 [B, L], seconds.
        padding: bool [B, L], true where there is no event.
    """

    vectors: Tensor
    actions: Tensor
    timestamps: Tensor
    padding: Tensor


class EncoderNetwork(nn.Module):
    """A deep ensemble: several members that read the same events; a score is the mean of theirs.

    Members differ by their initial weights and by their dropout, so that their errors differ and the mean has
    a smaller one (Lakshminarayanan et al., NeurIPS 2017). Their vectors and states are concatenated, so that
    scoring multiplies one state with one output embedding.

    Attributes:
        ensemble_members: Each with the interface of the whole.
        settings: Sizes.
        width: Dimensions of a vector, of all members together.
        nodes: The number of intent nodes that training knew.
    """

    ensemble_members: Sequence[EncoderMember]

    def __init__(self, settings: EncoderSettings, *, objects: int, nodes: int, text_dimensions: int) -> None:
        super().__init__()
        self.settings, self.nodes = settings, nodes
        self.width = settings.ensemble_members * settings.width
        self.ensemble_members = nn.ModuleList(  # type: ignore[assignment]  # a sequence of modules that torch knows of
            EncoderMember(settings, objects=objects, nodes=nodes, text_dimensions=text_dimensions)
            for _ in range(settings.ensemble_members)
        )

    def item_vectors(self, features: ItemFeatures) -> Tensor:
        """Return one vector for each item, float32 [O, width]: the input embeddings."""
        return torch.cat([member.item_vectors(features) for member in self.ensemble_members], dim=1)

    def output_embeddings(self, vectors: Tensor) -> Tensor:
        """Return the output embeddings, [O, width]; the dot product with a state scores an item."""
        scales = self.output_scales(vectors).repeat_interleave(self.settings.width, dim=1)
        return vectors * scales

    def output_scales(self, vectors: Tensor) -> Tensor:
        """Return the factors from each member's vectors to its output embeddings, [O, members]."""
        parts = zip(self.ensemble_members, self._by_member(vectors), strict=True)
        scales = [member.output_scales(part) for member, part in parts]
        return torch.cat(scales, dim=1) / len(self.ensemble_members)

    def item_biases(self, item_id_row: Tensor) -> Tensor:
        """Return the bias of each item, which does not depend on the history, [O]."""
        return torch.stack([member.item_biases(item_id_row) for member in self.ensemble_members]).mean(dim=0)

    def forward(self, events: EventBatch, *, last_only: bool = False) -> Tensor:
        """Return the state after every event, [B, L, width]; any numbers where there is padding.

        Args:
            events: Of all users.
            last_only: Only the state after the last event, [B, 1, width], which takes a fraction of the time.
        """
        parts = zip(self.ensemble_members, self._by_member(events.vectors), strict=True)
        states = [member(events._replace(vectors=part), last_only=last_only) for member, part in parts]
        return torch.cat(states, dim=2)

    def _by_member(self, vectors: Tensor) -> Sequence[Tensor]:
        return vectors.chunk(len(self.ensemble_members), dim=-1)


class EncoderMember(nn.Module):
    """Causal self-attention over events, after SASRec (Kang and McAuley, ICDM 2018).

    Positions are relative: attention knows the number of events and the time between two events, so that a
    state in the middle of a history is like one at its end. Scores use normalized item vectors, so that
    frequent items do not win by length; each known item has a bias for its popularity.
    """

    def __init__(self, settings: EncoderSettings, *, objects: int, nodes: int, text_dimensions: int) -> None:
        super().__init__()
        width = settings.width
        self.settings = settings
        self.item_id = nn.Embedding(objects + 1, width, padding_idx=0)
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.bias = nn.Embedding(objects + 1, 1, padding_idx=0)
        self.node = nn.EmbeddingBag(nodes + 1, width, mode="sum", padding_idx=0)
        self.text = nn.Linear(text_dimensions, width, bias=False)
        self.intent = nn.Linear(text_dimensions, width, bias=False)
        self.action = nn.Embedding(len(ACTIONS), width)
        for table in (self.item_id, self.node, self.action):
            nn.init.normal_(table.weight, std=0.02)
        nn.init.zeros_(self.bias.weight)
        with torch.no_grad():
            self.item_id.weight[0] = 0
            self.node.weight[0] = 0
        self.block = TransformerBlock(settings)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(settings.dropout)

    def item_vectors(self, features: ItemFeatures) -> Tensor:
        """Return one vector for each item, float32 [O, width]."""
        settings = self.settings
        vectors: Tensor = self.item_id(features.item_id_row)
        if settings.use_texts:
            vectors = vectors + self.text(features.texts)
        if settings.use_intents:
            nodes = self.node(features.nodes, per_sample_weights=features.node_shares)
            vectors = vectors + nodes + self.intent(features.intents)
        return vectors

    def output_embeddings(self, vectors: Tensor) -> Tensor:
        """Return the output embeddings, [O, width]; the dot product with a state scores an item."""
        return vectors * self.output_scales(vectors)

    def output_scales(self, vectors: Tensor) -> Tensor:
        """Return the factors that bring all vectors to one length, the learnt logit scale, [O, 1]."""
        scales: Tensor = self.logit_scale.exp() / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)
        return scales

    def item_biases(self, item_id_row: Tensor) -> Tensor:
        """Return the bias of each item, which does not depend on the history, [O]."""
        biases: Tensor = self.bias(item_id_row).squeeze(1)
        return biases

    def forward(self, events: EventBatch, *, last_only: bool = False) -> Tensor:
        """Return the states; see `EncoderNetwork.forward`."""
        inputs = self.dropout(events.vectors + self.action(events.actions))
        queries = _LAST_QUERY if last_only else _ALL_QUERIES
        states: Tensor = self.norm(self.block(inputs, _relative_positions(events, queries), queries))
        return states


class TransformerBlock(nn.Module):
    """Attention with learnt relative-position biases, then a feed-forward network; pre-norm."""

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__()
        width, self.heads = settings.width, settings.heads
        self.attention_norm = nn.LayerNorm(width)
        self.mlp_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_output = nn.Linear(width, width)
        self.step_bias = nn.Embedding(STEP_BUCKETS, settings.heads)
        self.gap_bias = nn.Embedding(GAP_BUCKETS, settings.heads)
        nn.init.zeros_(self.step_bias.weight)
        nn.init.zeros_(self.gap_bias.weight)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(settings.dropout), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, states: Tensor, positions: _RelativePositions, queries: slice) -> Tensor:
        """Return the states after the events at `queries`, [B, Q, width]."""
        projected = self.query_key_value(self.attention_norm(states)).unflatten(2, (3, self.heads, -1))
        query, key, value = projected.permute(2, 0, 3, 1, 4)
        position_bias = (self.step_bias(positions.steps) + self.gap_bias(positions.gaps)).permute(0, 3, 1, 2)
        position_bias = position_bias.masked_fill(positions.masked.unsqueeze(1), -1e4)
        logits = query[:, :, queries] @ key.transpose(2, 3) * query.shape[3] ** -0.5 + position_bias
        attended = logits.softmax(dim=3) @ value
        output = self.attention_output(attended.transpose(1, 2).flatten(2))
        states = states[:, queries] + self.dropout(output)
        out: Tensor = states + self.dropout(self.mlp(self.mlp_norm(states)))
        return out


class _RelativePositions(NamedTuple):
    """The distances between each of Q query events and each of all L events.

    Attributes:
        steps: int64 [1, Q, L], buckets of the number of events.
        gaps: int64 [B, Q, L], buckets of the time.
        masked: bool [B, Q, L], the second is padding or comes after the first.
    """

    steps: Tensor
    gaps: Tensor
    masked: Tensor


def _relative_positions(events: EventBatch, queries: slice) -> _RelativePositions:
    timestamps = events.timestamps
    positions = torch.arange(timestamps.shape[1], device=timestamps.device)
    distances = positions[queries, None] - positions[None, :]
    past = distances.clamp(min=0)
    steps = torch.where(past < 8, past, 5 + torch.log2(past.clamp(min=1).float()).long())
    hours = (timestamps[:, queries, None] - timestamps[:, None, :]).clamp(min=0) / 3600
    gaps = torch.ceil(torch.log2(hours.clamp(min=0.5))) + 1
    return _RelativePositions(
        steps.clamp(max=STEP_BUCKETS - 1)[None],
        gaps.long().clamp(max=GAP_BUCKETS - 1),
        events.padding.unsqueeze(1) | (distances < 0)[None],
    )
