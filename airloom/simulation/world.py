"""The sample world as its users see it: days of logs, visits to the shop, and answers to served pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.clock import MINUTE, arrivals
from airloom.simulation.events import shopped_rows, user_ids, watched_rows
from airloom.simulation.publication import draw_publication
from airloom.simulation.result_pages import ExpectedOutcome, PageViewer, ResultPages, ShopperResponse, Visit
from airloom.simulation.seeds import stream
from airloom.simulation.settings import WorldSettings
from airloom.simulation.shoppers import BLOCK, ShopperBlock, blocks, draw_block
from airloom.simulation.shopping import ShoppingModel
from airloom.simulation.tastes import Tastes
from airloom.simulation.truth import load_truth
from airloom.simulation.watching import ViewingModel, present
from airloom.timestamps import EpochMicros, micros_of, micros_to_datetime, start_of, to_micros

CANDIDATES = 100
_BROWSING_LEFT = 0.3  # of the shop visits without a page, once shoppers are shown pages
_VISITS_MORE = 0.5  # beyond the first, of those who come on a day
_STAY = 20 * MINUTE  # so that a page's orders fall on the visit's day


class World:
    """A deterministic world: each day, block of shoppers and page can be made again independently."""

    def __init__(self, settings: WorldSettings) -> None:
        self.settings = settings
        self.catalogue = load_catalogue()
        self._truth = load_truth()
        self.publication = draw_publication(settings, self.catalogue)
        self._watching = ViewingModel(
            seed=settings.seed, catalogue=self.catalogue, truth=self._truth, publication=self.publication
        )
        self._tastes = Tastes(truth=self._truth, watching=self._watching)
        self._shopping = ShoppingModel(
            seed=settings.seed, catalogue=self.catalogue, publication=self.publication
        )
        self._pages = ResultPages(seed=settings.seed, catalogue=self.catalogue, publication=self.publication)
        self._blocks: dict[int, ShopperBlock] = {}
        self._wants: dict[tuple[int, int], NDArray[np.float32]] = {}

    def block(self, number: int) -> ShopperBlock:
        """Return one block of shoppers."""
        if number not in self._blocks:
            self._blocks[number] = draw_block(self.settings, number, lifestyles=len(self._truth.lifestyles))
        return self._blocks[number]

    def wants(self, day: date, number: int) -> NDArray[np.float32]:
        """Return how much a block wants things of each leaf on a day, float32 [B, leaves] in [0, 1]."""
        return self._tastes.wants(day=self.settings.day_number(day), number=number, block=self.block(number))

    def events(self, day: date) -> Iterator[pa.Table]:
        """Yield all events of a day outside served pages, one block of shoppers at a time."""
        for number in blocks(self.settings):
            block, day_number = self.block(number), self.settings.day_number(day)
            views = self._watching.views(day=day_number, number=number, block=block)
            self._tastes.remember(views, day=day_number, number=number, block=block)
            share = _BROWSING_LEFT if day in self.settings.served else 1.0
            purchases = self._shopping.purchases(
                day=day_number, number=number, block=block, wants=self.wants(day, number), share=share
            )
            yield pa.concat_tables(
                [
                    watched_rows(views, day=day, first=block.first, catalogue=self.catalogue),
                    shopped_rows(purchases, day=day, first=block.first, catalogue=self.catalogue),
                ]
            )

    def visits(self, day: date) -> list[Visit]:
        """Return who asks for a page on a day, by time; the candidates do not depend on tastes."""
        day_number = self.settings.day_number(day)
        shelf = np.flatnonzero(self.publication.on_shelf(day_number))
        ids = np.array(self.catalogue.product_ids, object)
        visits = []
        for number in blocks(self.settings):
            random = stream(self.settings.seed, "visits", day=day_number, block=number)
            block = self.block(number)
            here = present(self.settings.seed, day=day_number, number=number, block=block)
            users = np.repeat(np.arange(len(here)), (1 + random.poisson(_VISITS_MORE, len(here))) * here)
            times = to_micros(start_of(day)) + arrivals(random, users.shape, stay=_STAY)
            for user_id, time in zip(user_ids(block.first + users).to_pylist(), times.tolist(), strict=True):
                drawn = random.choice(shelf, CANDIDATES, replace=False)
                visits.append(Visit(user_id, micros_to_datetime(EpochMicros(time)), tuple(ids[drawn])))
        return sorted(visits, key=lambda visit: (visit.at, visit.user_id))

    def respond(
        self, visit: Visit, shown: Sequence[str], *, request_id: str | None = None
    ) -> ShopperResponse:
        """Return what the shopper does with the products `shown`, first position first.

        A pure function of the visit and the page: it does not matter what happened on other pages.

        Raises:
            AirloomError: A product is not of the sample world, or the visit not of this world's days.
        """
        return self._pages.respond(self._viewer(visit), shown, user_id=visit.user_id, request_id=request_id)

    def expected_outcome(self, visit: Visit, shown: Sequence[str]) -> ExpectedOutcome:
        """Return what a page brings at a visit on average over all luck, first position first.

        Raises:
            AirloomError: A product is not of the sample world.
        """
        return self._pages.expected_outcome(self._viewer(visit), shown)

    def oracle(self, visit: Visit, *, by: Literal["orders", "gmv"] = "gmv") -> list[str]:
        """Return the visit's candidates in the order that brings most: what no ranker can beat."""
        rows, viewer = self._pages.rows(visit.candidates), self._viewer(visit)
        expected = self._pages.expected_values if by == "gmv" else self._pages.expected_orders
        order = np.argsort(-expected(viewer, rows), kind="stable")
        return [visit.candidates[position] for position in order.tolist()]

    def _viewer(self, visit: Visit) -> PageViewer:
        number = int(visit.user_id[1:])
        block, row = divmod(number, BLOCK)
        people = self.block(block)
        return PageViewer(
            number,
            micros_of(visit.at),
            self._wants_of(visit.at.date(), block)[row],
            float(people.budgets[row]),
            float(people.sensitivities[row]),
        )

    def _wants_of(self, day: date, number: int) -> NDArray[np.float32]:
        """Return the wants of a block, kept for as long as pages of one day are asked for."""
        day_number = self.settings.day_number(day)
        if (day_number, number) not in self._wants:
            self._wants = {key: wants for key, wants in self._wants.items() if key[0] == day_number}
            self._wants[day_number, number] = self.wants(day, number)
        return self._wants[day_number, number]
