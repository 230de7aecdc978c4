"""The ranking network: a candidate attends to its nodes and events, and a small MLP makes the scores."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from airloom.ranking.inputs import EVENT_KINDS, FEATURES
from airloom.ranking.settings import NetworkSettings

MAX_LEVELS = 8
NODE_FEATURES = 3
EVENT_FEATURES = 2


class ProjectedTexts(NamedTuple):
    """Projected texts: a service computes them once for a snapshot, training once for each step.

    Attributes:
        nodes: float32 [1 + N, width], text and level of every node, after a row for "no node".
        objects: float32 [1 + O, width], text of every object, after a row for "no object".
    """

    nodes: Tensor
    objects: Tensor


class Batch(NamedTuple):
    """`Inputs` as tensors, [B, ...] for any B; see there. Ids are int64, -1 for none."""

    candidates: Tensor
    features: Tensor
    nodes: Tensor
    node_features: Tensor
    events: Tensor
    event_kinds: Tensor
    event_features: Tensor


class LogProbabilities(NamedTuple):
    """Logarithms of probabilities, up to a constant for each user; float32 [B] each.

    Attributes:
        click: Of wanting the product at all: a click, a cart or an order.
        order: Of an order.
    """

    click: Tensor
    order: Tensor


class RankingNetwork(nn.Module):
    """Multi-head attention from a candidate to its nodes and its events, then an MLP (after AIR, 2026).

    Keys and values are the tokens themselves: a key projection would only rotate the query, and the MLP's
    first layer does what a value projection would. The second output is the conversion rate of those who want
    the product, so that the many clicks also train the orders (ESMM, Ma et al., SIGIR 2018).
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, settings: NetworkSettings, *, text_dimensions: int) -> None:
        super().__init__()
        width, heads = settings.width, settings.heads
        self.width, self.heads = width, heads
        self.register_buffer("mean", torch.zeros(len(FEATURES)))
        self.register_buffer("scale", torch.ones(len(FEATURES)))
        self.node_text = nn.Linear(text_dimensions, width)
        self.object_text = nn.Linear(text_dimensions, width)
        self.level = nn.Embedding(MAX_LEVELS, width)
        self.kind = nn.Embedding(EVENT_KINDS, width)
        self.retrieved_node = nn.Linear(NODE_FEATURES, width)
        self.event = nn.Linear(EVENT_FEATURES, width)
        self.null_token = nn.Parameter(torch.zeros(1, 1, width))
        self.query = nn.Linear(width + len(FEATURES), heads * width)
        self.wide = nn.Linear(len(FEATURES), 2)
        self.mlp = nn.Sequential(
            nn.Linear(len(FEATURES) + width + heads * width, settings.hidden),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, settings.hidden // 2),
            nn.ReLU(),
            nn.Linear(settings.hidden // 2, 2),
        )

    def standardize(self, features: Tensor) -> None:
        """Set mean and standard deviation of the features from a sample, float32 [n, F]."""
        self.mean.copy_(features.mean(dim=0))
        self.scale.copy_(features.std(dim=0).clamp(min=1e-3))

    def project(self, nodes: Tensor, levels: Tensor, objects: Tensor) -> ProjectedTexts:
        """Return the tables of frozen text embeddings [N, D] and [O, D], nodes with their levels [N]."""
        level = self.level(levels.clamp(max=MAX_LEVELS - 1))
        return ProjectedTexts(
            functional.pad(self.node_text(nodes) + level, (0, 0, 1, 0)),
            functional.pad(self.object_text(objects), (0, 0, 1, 0)),
        )

    def forward(self, batch: Batch, tables: ProjectedTexts) -> LogProbabilities:
        """Return the scores of each candidate."""
        features = ((batch.features - self.mean) / self.scale).clamp(-10, 10)
        texts = functional.embedding(batch.candidates + 1, tables.objects)
        candidates = torch.cat([texts, features], dim=1)
        tokens = torch.cat(
            [
                self.null_token.expand(texts.shape[0], 1, self.width),
                functional.embedding(batch.nodes + 1, tables.nodes)
                + self.retrieved_node(batch.node_features),
                functional.embedding(batch.events + 1, tables.objects)
                + self.kind(batch.event_kinds)
                + self.event(batch.event_features),
            ],
            dim=1,
        )
        padding = torch.cat([batch.nodes < 0, batch.events < 0], dim=1)
        padding = functional.pad(padding, (1, 0), value=False)
        query = self.query(candidates).unflatten(1, (self.heads, self.width))
        logits = query @ tokens.transpose(1, 2) / self.width**0.5
        attention = logits.masked_fill(padding.unsqueeze(1), float("-inf")).softmax(dim=2)
        pooled = (attention @ tokens).flatten(1)
        outputs = self.mlp(torch.cat([candidates, pooled], dim=1)) + self.wide(features)
        click, conversion = outputs.unbind(dim=1)
        return LogProbabilities(click, click + conversion)
