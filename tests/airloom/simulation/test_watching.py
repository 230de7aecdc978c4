from __future__ import annotations

import numpy as np

from airloom.simulation.truth import ENTERTAINMENT, load_truth
from airloom.simulation.watching import ViewingModel, present
from airloom.simulation.world import World
from airloom.timestamps import MICROS_PER_DAY


def watching(world: World) -> ViewingModel:
    return ViewingModel(
        seed=world.settings.seed,
        catalogue=world.catalogue,
        truth=load_truth(),
        publication=world.publication,
    )


def test_a_day_of_those_who_come(world: World) -> None:
    block = world.block(0)
    here = present(world.settings.seed, day=4, number=0, block=block)
    views = watching(world).views(day=4, number=0, block=block)
    assert set(views.users.tolist()) <= set(np.flatnonzero(here).tolist())
    assert 12 < len(views.users) / here.sum() < 30
    assert len({*zip(views.users.tolist(), views.content.tolist(), strict=True)}) == len(views.users)


def test_times_lie_between_publication_and_midnight(world: World) -> None:
    for day in range(world.settings.days):
        views = watching(world).views(day=day, number=0, block=world.block(0))
        assert np.all((views.times >= 0) & (views.times < MICROS_PER_DAY))
        assert np.all(views.times + day * MICROS_PER_DAY >= world.publication.content_at[views.content])
        liked = views.liked_at >= 0
        assert np.all(views.liked_at[liked] >= views.times[liked])
        assert np.all(views.liked_at < MICROS_PER_DAY)


def test_people_watch_what_they_feel_and_like_it_longer(world: World) -> None:
    block = world.block(0)
    views = watching(world).views(day=4, number=0, block=block)
    lifestyles, weights = block.felt(4)
    groups = load_truth().content[views.content]
    felt = ((lifestyles[views.users] == groups[:, None]) & (weights[views.users] > 0)).any(axis=1)
    assert 0.35 < felt.mean() < 0.7
    assert 0.15 < (groups == ENTERTAINMENT).mean() < 0.45
    assert np.median(views.dwells[felt]) > 2 * np.median(views.dwells[~felt])
    assert (views.liked_at >= 0)[felt].mean() > 2 * (views.liked_at >= 0)[~felt].mean()


def test_most_of_what_is_watched_is_fresh(world: World) -> None:
    views = watching(world).views(day=7, number=0, block=world.block(0))
    age = 7 - world.publication.content_at[views.content] / MICROS_PER_DAY
    available = (
        7 - world.publication.content_at[world.publication.content_at < 8 * MICROS_PER_DAY] / MICROS_PER_DAY
    )
    assert np.median(age) < 0.6 * np.median(available)


def test_speakers_see_their_own_language_more_often(world: World) -> None:
    block = world.block(0)
    views = watching(world).views(day=5, number=0, block=block)
    languages = world.catalogue.content_languages[views.content]
    chinese = block.languages[views.users] == 1
    assert (languages[chinese] == 1).mean() > 3 * (languages[~chinese] == 1).mean()


def test_counts_are_the_views_by_lifestyle(world: World) -> None:
    views = watching(world).views(day=2, number=0, block=world.block(0))
    counts = watching(world).counts(views, shoppers=world.settings.shoppers)
    groups = load_truth().content[views.content]
    assert counts.shape == (world.settings.shoppers, 64)
    assert counts.sum() == (groups != ENTERTAINMENT).sum()
    user, group = views.users[groups >= 0][0], groups[groups >= 0][0]
    assert counts[user, group] == np.sum((views.users == user) & (groups == group))
