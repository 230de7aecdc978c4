"""The sample world as its users see it: days of logs, visits to the shop, and answers to served pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.clock import MINUTE, arrivals
from airloom.simulation.events import shopped_rows, user_ids, watched_rows
from airloom.simulation.pages import Looker, Pages, Response, Visit
from airloom.simulation.publication import draw_publication
from airloom.simulation.seeds import stream
from airloom.simulation.settings import WorldSettings
from airloom.simulation.shoppers import BLOCK, Block, blocks, draw_block
from airloom.simulation.shopping import Shop
from airloom.simulation.tastes import Tastes
from airloom.simulation.truth import load_truth
from airloom.simulation.watching import Watching, present
from airloom.timestamps import EpochMicros, micros_of, micros_to_datetime, start_of, to_micros

CANDIDATES = 100
_BROWSING_LEFT = 0.3  # of the shop visits on their own, once shoppers are shown pages
_VISITS_MORE = 0.5  # beyond the first, of those who come on a day
_STAY = 20 * MINUTE  # so that a page's orders fall on the visit's day


class World:
    """A deterministic world: each day, block of shoppers and page can be made again alone."""

    def __init__(self, settings: WorldSettings) -> None:
        self.settings = settings
        self.catalogue = load_catalogue()
        self._truth = load_truth()
        self.publication = draw_publication(settings, self.catalogue)
        self._watching = Watching(
            seed=settings.seed, catalogue=self.catalogue, truth=self._truth, publication=self.publication
        )
        self._tastes = Tastes(truth=self._truth, watching=self._watching)
        self._shop = Shop(seed=settings.seed, catalogue=self.catalogue, publication=self.publication)
        self._pages = Pages(seed=settings.seed, catalogue=self.catalogue, publication=self.publication)
        self._blocks: dict[int, Block] = {}
        self._wants: dict[tuple[int, int], NDArray[np.float32]] = {}

    def block(self, number: int) -> Block:
        """One block of shoppers."""
        if number not in self._blocks:
            self._blocks[number] = draw_block(self.settings, number, lifestyles=len(self._truth.lifestyles))
        return self._blocks[number]

    def wants(self, day: date, number: int) -> NDArray[np.float32]:
        """How much a block of shoppers wants things of each leaf on a day, float32 [B, leaves] in [0, 1]."""
        return self._tastes.wants(day=self.settings.day_number(day), number=number, block=self.block(number))

    def events(self, day: date) -> Iterator[pa.Table]:
        """All events of a day outside served pages, one block of shoppers at a time."""
        for number in blocks(self.settings):
            block, place = self.block(number), self.settings.day_number(day)
            views = self._watching.views(day=place, number=number, block=block)
            self._tastes.remember(views, day=place, number=number, block=block)
            share = _BROWSING_LEFT if day in self.settings.served else 1.0
            purchases = self._shop.purchases(
                day=place, number=number, block=block, wants=self.wants(day, number), share=share
            )
            yield pa.concat_tables(
                [
                    watched_rows(views, day=day, first=block.first, catalogue=self.catalogue),
                    shopped_rows(purchases, day=day, first=block.first, catalogue=self.catalogue),
                ]
            )

    def visits(self, day: date) -> list[Visit]:
        """Who asks for a page on a day, by time; the candidates say nothing about anybody's taste."""
        place = self.settings.day_number(day)
        shelf = np.flatnonzero(self.publication.on_shelf(place))
        ids = np.array(self.catalogue.product_ids, object)
        visits = []
        for number in blocks(self.settings):
            random = stream(self.settings.seed, "visits", day=place, block=number)
            block = self.block(number)
            here = present(self.settings.seed, day=place, number=number, block=block)
            users = np.repeat(np.arange(len(here)), (1 + random.poisson(_VISITS_MORE, len(here))) * here)
            times = to_micros(start_of(day)) + arrivals(random, users.shape, stay=_STAY)
            for user_id, time in zip(user_ids(block.first + users).to_pylist(), times.tolist(), strict=True):
                drawn = random.choice(shelf, CANDIDATES, replace=False)
                visits.append(Visit(user_id, micros_to_datetime(EpochMicros(time)), tuple(ids[drawn])))
        return sorted(visits, key=lambda visit: (visit.at, visit.user_id))

    def respond(self, visit: Visit, shown: Sequence[str], *, request_id: str | None = None) -> Response:
        """What the shopper does with the products `shown`, first place first.

        A pure function of the visit and the page: it does not matter what happened on other pages.

        Raises:
            AirloomError: A product is not of the sample world, or the visit not of this world's days.
        """
        return self._pages.respond(self._looker(visit), shown, user_id=visit.user_id, request_id=request_id)

    def oracle(self, visit: Visit) -> list[str]:
        """The visit's candidates in the order that earns most: what no ranker can beat."""
        worth = self._pages.worth(self._looker(visit), self._pages.rows(visit.candidates))
        return [visit.candidates[place] for place in np.argsort(-worth, kind="stable")]

    def _looker(self, visit: Visit) -> Looker:
        number = int(visit.user_id[1:])
        block, row = divmod(number, BLOCK)
        people = self.block(block)
        return Looker(
            number,
            micros_of(visit.at),
            self._wants_of(visit.at.date(), block)[row],
            float(people.budgets[row]),
            float(people.sensitivities[row]),
        )

    def _wants_of(self, day: date, number: int) -> NDArray[np.float32]:
        """The wants of a block, kept for as long as pages of one day are asked for."""
        place = self.settings.day_number(day)
        if (place, number) not in self._wants:
            self._wants = {key: wants for key, wants in self._wants.items() if key[0] == place}
            self._wants[place, number] = self.wants(day, number)
        return self._wants[place, number]
