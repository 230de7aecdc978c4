from __future__ import annotations

from math import log

import pytest
import torch
from torch.nn import functional

from airloom.ranking.encoder import race as races
from airloom.ranking.encoder.race import Race


def some_race(*, targets: int = 40, rivals: int = 30, width: int = 8, seed: int = 0) -> Race:
    torch.manual_seed(seed)
    clash = torch.stack([torch.arange(0, targets, 3), torch.randint(rivals, (len(range(0, targets, 3)),))])
    states, aims, others = (
        torch.randn(rows, columns).requires_grad_()
        for rows, columns in ((targets, width), (targets, width + 1), (rivals, width + 1))
    )
    return Race(states, aims, others, clash, stand_for=2.5)


def all_scores(race: Race) -> torch.Tensor:
    """Of the target and then of its rivals, as anybody would write it."""
    own = (race.states * race.aims[:, :-1]).sum(dim=1) + race.aims[:, -1]
    others = race.states @ race.rivals[:, :-1].T + race.rivals[:, -1]
    clashes = torch.zeros_like(others, dtype=torch.bool)
    clashes[race.clash[0], race.clash[1]] = True
    return torch.cat([own[:, None], others.masked_fill(clashes, float("-inf"))], dim=1)


@pytest.mark.parametrize("at_once", [1, 7, 40, 1000])
def test_loss_and_gradients_are_those_of_torch(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(races, "ROWS_AT_ONCE", at_once)
    race, same = some_race(), some_race()
    scores = all_scores(same)
    scores = torch.cat([scores[:, :1], scores[:, 1:] + log(same.stand_for)], dim=1)
    expected = functional.cross_entropy(scores, torch.zeros(40, dtype=torch.long), reduction="sum")
    found = race.cross_entropy()
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    (found / 3).backward()
    (expected / 3).backward()
    for ours, theirs in zip(race[:3], same[:3], strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-5)


def test_large_scores_neither_overflow_nor_vanish() -> None:
    race = some_race()
    steep = race._replace(states=(race.states * 300).detach().requires_grad_())
    loss = steep.cross_entropy()
    loss.backward()
    assert torch.isfinite(loss)
    assert steep.states.grad is not None
    assert torch.isfinite(steep.states.grad).all()


@pytest.mark.parametrize("at_once", [7, 1000])
def test_a_place_is_one_more_than_the_rivals_that_are_not_worse(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(races, "ROWS_AT_ONCE", at_once)
    race = some_race()
    scores = all_scores(race)
    assert race.ranks().tolist() == (1 + (scores[:, 1:] >= scores[:, :1]).sum(dim=1)).tolist()


def test_ties_and_nan_count_against_the_target() -> None:
    level = Race(
        torch.zeros(2, 3), torch.zeros(2, 4), torch.zeros(5, 4), torch.zeros(2, 0, dtype=torch.long), 1
    )
    assert level.ranks().tolist() == [6, 6]
    broken = level._replace(states=torch.full((2, 3), float("nan")))
    assert broken.ranks().tolist() == [6, 6]


def test_it_computes_in_full_precision_whatever_surrounds_it() -> None:
    race = some_race()
    with torch.autocast("cpu", torch.bfloat16):
        inside = race.cross_entropy()
        places = race.ranks()
    assert inside.item() == race.cross_entropy().item()
    assert torch.equal(places, race.ranks())
