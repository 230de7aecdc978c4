"""What shoppers watch: short videos of the lifestyles they feel, what everybody sees, and entertainment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.simulation.catalogue import LANGUAGES, SampleCatalogue
from airloom.simulation.clock import MINUTE, arrivals
from airloom.simulation.distinct import distinct_pairs
from airloom.simulation.publication import Publication
from airloom.simulation.seeds import stream
from airloom.simulation.segments import draw_indices, running_mass
from airloom.simulation.shoppers import ShopperBlock
from airloom.simulation.truth import ENTERTAINMENT, Truth
from airloom.timestamps import MICROS_PER_DAY, MICROS_PER_SECOND

_VIEWS = 28.0  # drawn a day by somebody of appetite 1 who comes; repeats of a video are dropped
_OF_TASTE, _OF_FAME = 0.60, 0.15  # shares of the views; the rest is entertainment
_SESSIONS = 3
_SESSION = 40 * MINUTE


class Views(NamedTuple):
    """Videos watched on one day by one block of shoppers; a shopper watches a video once a day.

    Attributes:
        users: int64 [V], rows of the block, ascending.
        content: int64 [V], rows of the catalogue's videos.
        times: int64 [V], microseconds after midnight.
        dwells: float64 [V], seconds.
        liked_at: int64 [V], microseconds after midnight, -1 for never.
    """

    users: NDArray[np.int64]
    content: NDArray[np.int64]
    times: NDArray[np.int64]
    dwells: NDArray[np.float64]
    liked_at: NDArray[np.int64]


def present(seed: int, *, day: int, number: int, block: ShopperBlock) -> NDArray[np.bool_]:
    """Return who of a block comes on a day, bool [B]."""
    return stream(seed, "presence", day=day, block=number).random(len(block.presence)) < block.presence


class ViewingModel:
    """Draws the views of any day and block, each from random numbers of its own."""

    def __init__(
        self, *, seed: int, catalogue: SampleCatalogue, truth: Truth, publication: Publication
    ) -> None:
        self._seed = seed
        self._publication = publication
        self._entertainment = len(truth.lifestyles)
        groups = np.where(truth.content == ENTERTAINMENT, self._entertainment, truth.content)
        self._by_group = np.argsort(groups, kind="stable")
        self._bounds = np.searchsorted(groups[self._by_group], np.arange(self._entertainment + 2))
        self._language_match = _language_match(catalogue)
        self._truth = truth

    def views(self, *, day: int, number: int, block: ShopperBlock) -> Views:
        """Return what the shoppers of a block watch on a day."""
        random = stream(self._seed, "views", day=day, block=number)
        here = present(self._seed, day=day, number=number, block=block)
        users = np.repeat(np.arange(len(here)), random.poisson(_VIEWS * block.appetite * here))
        lifestyles, weights = block.felt(day)
        interest = (random.random((len(users), 1)) > weights.cumsum(axis=1)[users, :2]).sum(axis=1)
        source = random.random(len(users))
        wanted = np.where(source < _OF_TASTE, lifestyles[users, interest], self._entertainment)
        content = self._draw(random, day=day, groups=wanted, languages=block.languages[users])
        famous = self._draw(random, day=day, groups=None, languages=block.languages[users])
        of_fame = (source >= _OF_TASTE) & (source < _OF_TASTE + _OF_FAME)
        content = np.where(of_fame | (content < 0), famous, content)
        users, content = distinct_pairs(users, content, objects_in_all=len(self._by_group))
        return self._watched(random, day=day, users=users, content=content, felt=(lifestyles, weights))

    def counts(self, views: Views, *, shoppers: int) -> NDArray[np.uint8]:
        """Return the videos of each lifestyle that the shoppers watched, counts, uint8 [B, lifestyles]."""
        groups = self._truth.content[views.content]
        of_lifestyle = groups != ENTERTAINMENT
        cells = views.users[of_lifestyle] * self._entertainment + groups[of_lifestyle]
        counts = np.bincount(cells, minlength=shoppers * self._entertainment)
        return np.minimum(counts, 255).astype(np.uint8).reshape(-1, self._entertainment)

    def _watched(
        self,
        random: np.random.Generator,
        *,
        day: int,
        users: NDArray[np.int64],
        content: NDArray[np.int64],
        felt: tuple[NDArray[np.int8], NDArray[np.float64]],
    ) -> Views:
        sessions = arrivals(random, (int(users.max(initial=-1)) + 1, _SESSIONS), stay=_SESSION)
        times = sessions[users, random.integers(0, _SESSIONS, len(users))]
        times += random.integers(0, _SESSION, len(users))
        published = self._publication.content_at[content] - day * MICROS_PER_DAY
        fresh = published + (random.random(len(users)) * (MICROS_PER_DAY - published)).astype(np.int64)
        lifestyles, weights = felt
        matches = lifestyles[users] == self._truth.content[content][:, None]
        cares = (matches & (weights[users] > 0)).any(axis=1)
        dwells = np.round(random.lognormal(np.where(cares, np.log(24.0), np.log(9.0)), 0.6), 1)
        times = np.where(times < published, fresh, times)
        likes = random.random(len(users)) < np.where(cares, 0.12, 0.03)
        liked_at = np.minimum(times + (dwells * MICROS_PER_SECOND).astype(np.int64), MICROS_PER_DAY - 1)
        return Views(users, content, times, dwells, np.where(likes, liked_at, -1))

    def _draw(
        self,
        random: np.random.Generator,
        *,
        day: int,
        groups: NDArray[np.int64] | None,
        languages: NDArray[np.int8],
    ) -> NDArray[np.int64]:
        """Return one video per row of the row's group (of all, without groups); -1 if it has none yet."""
        videos = len(self._by_group)
        mass = running_mass((self._language_match * self._publication.audience(day))[:, self._by_group])
        own = languages.astype(np.int64) * videos
        indices = draw_indices(
            random,
            mass,
            begins=own + (0 if groups is None else self._bounds[groups]),
            ends=own + (videos if groups is None else self._bounds[groups + 1]),
        )
        return np.where(indices >= 0, self._by_group[indices % videos], -1)


def _language_match(catalogue: SampleCatalogue) -> NDArray[np.float64]:
    """Return the weight of videos [C] for speakers [L]: their own language first, then English."""
    own = np.arange(len(LANGUAGES))[:, None] == catalogue.content_languages
    english = catalogue.content_languages == LANGUAGES.index("en")
    match: NDArray[np.float64] = np.where(own, 1.0, np.where(english, 0.25, 0.06))
    return match
