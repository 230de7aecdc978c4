"""Advantages against values computed by hand, and the laws that they keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from airloom.assistant.rft.advantages import share_without_variance, token_advantages, token_rewards

ALL = np.ones((2, 2), np.bool_)


def test_tokens_of_a_wrong_step_get_seven_tenths_of_the_reward() -> None:
    rewards = token_rewards(np.array([0.5, 1.0]), np.array([[True, False], [False, False]]))

    np.testing.assert_allclose(rewards, [[0.35, 0.5], [1.0, 1.0]])


def test_a_wrong_step_is_no_prize_where_the_reward_is_negative() -> None:
    np.testing.assert_allclose(token_rewards(np.array([-0.5]), np.array([[True, False]])), [[-0.65, -0.5]])


def test_an_advantage_is_measured_against_all_tokens_of_the_group() -> None:
    # mean .7125; deviations from it -.3625, -.2125, .2875, .2875: standard deviation .2902...
    advantages = token_advantages(np.array([[0.35, 0.5], [1.0, 1.0]]), ALL, group_size=2)

    deviations = np.array([[-0.3625, -0.2125], [0.2875, 0.2875]])
    np.testing.assert_allclose(advantages, deviations / (np.sqrt((deviations**2).mean()) + 1e-4))


def test_the_whole_batch_may_scale() -> None:
    rewards = np.array([[0.0], [0.2], [0.0], [1.0]])

    by_group = token_advantages(rewards, np.ones((4, 1), np.bool_), group_size=2)
    by_batch = token_advantages(rewards, np.ones((4, 1), np.bool_), group_size=2, scale="batch")

    np.testing.assert_allclose(
        np.abs(by_group), 1, atol=2e-3
    )  # a small difference counts as much as a large one
    np.testing.assert_allclose(by_batch[2] / by_batch[0], 5)


def test_without_penalty_and_variance_nothing_is_learned() -> None:
    rewards = token_rewards(np.array([0.3, 0.3]), ALL, penalty=0)

    assert not token_advantages(rewards, ALL, group_size=2).any()


def test_the_penalty_teaches_where_all_replies_are_equally_wrong() -> None:
    rewards = token_rewards(np.array([0.05, 0.05]), np.array([[True, False], [False, False]]))

    advantages = token_advantages(rewards, ALL, group_size=2)
    assert advantages[0, 0] < 0 < advantages[0, 1]


def test_a_batch_holds_whole_groups() -> None:
    with pytest.raises(ValueError, match="3 replies are no whole number of groups of 2"):
        token_advantages(np.zeros((3, 1)), np.ones((3, 1), np.bool_), group_size=2)


def test_groups_without_variance_are_counted() -> None:
    assert share_without_variance(np.array([0.1, 0.1, 0.1, 0.9]), group_size=2) == 0.5


@given(
    rewards=arrays(np.float64, (4, 3), elements=st.floats(-1, 2)),
    mask=arrays(np.bool_, (4, 3)),
    scale=st.sampled_from(["group", "batch"]),
)
def test_the_advantages_of_a_group_add_up_to_nothing(
    rewards: np.ndarray, mask: np.ndarray, scale: str
) -> None:
    advantages = token_advantages(rewards, mask, group_size=2, scale=scale)  # type: ignore[arg-type]

    assert not advantages[~mask].any()
    np.testing.assert_allclose(advantages.reshape(2, -1).sum(axis=1), 0, atol=1e-6)
