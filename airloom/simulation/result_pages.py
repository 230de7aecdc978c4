"""Result pages: who asks for one and when, and what a shopper does with the products that are shown.

It does not know how a page was ranked: it is given the products in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.logs.contract import CART, CLICK, COMMERCE, ORDER
from airloom.simulation.catalogue import SampleCatalogue
from airloom.simulation.events import CURRENCY
from airloom.simulation.publication import Publication
from airloom.simulation.seeds import keyed_uniforms
from airloom.simulation.shopping import expected_quantities, quantities
from airloom.simulation.tastes import affordable, intent_to_buy
from airloom.timestamps import MICROS_PER_SECOND, EpochMicros, micros_to_datetime

ATTENTION = 0.85
"""Share of the shoppers who look at one position of a page that look at the next one too."""
_CURIOSITY = 0.02  # clicks per look at what nobody wants
_EAGERNESS = 0.9  # further clicks per look at what is fully wanted and most appealing
_CARTS_PER_ORDER = 1.6


class Visit(NamedTuple):
    """A shopper who asks for a page.

    Attributes:
        user_id: Who.
        at: When, UTC.
        candidates: Ids of the products that may be shown.
    """

    user_id: str
    at: datetime
    candidates: tuple[str, ...]


class ExpectedOutcome(NamedTuple):
    """What a shopper does with a page on average over all luck.

    Attributes:
        clicks: Mean number of clicks.
        orders: Mean number of orders.
        gmv: Mean value of the orders, USD.
    """

    clicks: float
    orders: float
    gmv: float


class ShopperResponse(NamedTuple):
    """What a shopper does with a page.

    Attributes:
        events: Rows of the events table, with the request's id.
        expected: What they would do on average over all luck.
    """

    events: list[dict[str, Any]]
    expected: ExpectedOutcome


class PageViewer(NamedTuple):
    """One shopper at one visit, as the page's outcome depends on them.

    Attributes:
        number: Of the shopper.
        time: Microseconds since 1970.
        wants: float32 [leaves].
        budget: USD.
        sensitivity: To prices.
    """

    number: int
    time: int
    wants: NDArray[np.float32]
    budget: float
    sensitivity: float


class ResultPages:
    """The chances and the luck of products on a page."""

    def __init__(self, *, seed: int, catalogue: SampleCatalogue, publication: Publication) -> None:
        self._seed = seed
        self._catalogue = catalogue
        self._appeal = publication.product_appeal
        self._rows = {object_id: row for row, object_id in enumerate(catalogue.product_ids)}

    def rows(self, shown: Sequence[str]) -> NDArray[np.int64]:
        """Return the rows of the catalogue's products.

        Raises:
            AirloomError: An id is not a product of the sample world.
        """
        try:
            return np.array([self._rows[object_id] for object_id in shown], np.int64)
        except KeyError as error:
            raise AirloomError(
                f"A page shows the product {error.args[0]}, which the sample world does not sell",
                do="Show only products of the visit's candidates",
            ) from error

    def probabilities(
        self, viewer: PageViewer, products: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return for products [N]: probability of a click once looked at, and of an order once clicked."""
        want = viewer.wants[self._catalogue.product_leaves[products]].astype(np.float64)
        readiness = affordable(
            self._catalogue.prices[products],
            budgets=viewer.budget,
            sensitivities=viewer.sensitivity,
        )
        return _CURIOSITY + _EAGERNESS * want * self._appeal[products], intent_to_buy(want, readiness)

    def expected_orders(self, viewer: PageViewer, products: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the expected number of orders [N] of each product in the first position of a page."""
        click, order = self.probabilities(viewer, products)
        return click * order

    def expected_values(self, viewer: PageViewer, products: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the expected value in USD [N] of showing each product in the first position of a page."""
        prices = self._catalogue.prices[products]
        return self.expected_orders(viewer, products) * prices * expected_quantities(prices)

    def expected_outcome(self, viewer: PageViewer, shown: Sequence[str]) -> ExpectedOutcome:
        """Return what the products `shown`, first position first, bring on average over all luck."""
        products = self.rows(shown)
        seen = ATTENTION ** np.arange(len(products))
        click, _ = self.probabilities(viewer, products)
        return ExpectedOutcome(
            float((seen * click).sum()),
            float((seen * self.expected_orders(viewer, products)).sum()),
            float((seen * self.expected_values(viewer, products)).sum()),
        )

    def respond(
        self, viewer: PageViewer, shown: Sequence[str], *, user_id: str, request_id: str | None
    ) -> ShopperResponse:
        """Return what the shopper does with the products `shown`, first position first."""
        products = self.rows(shown)
        prices = self._catalogue.prices[products]
        click, order = self.probabilities(viewer, products)
        seen = click * ATTENTION ** np.arange(len(products))
        click_luck, order_luck, piece_luck, *pauses = keyed_uniforms(
            viewer.number,
            viewer.time,
            np.arange(6)[:, None],
            products,
            seed=self._seed,
            purpose="page",
        )
        clicked = viewer.time + _pause(2, 40, pauses[0]) + 3 * MICROS_PER_SECOND * np.arange(len(products))
        carted = clicked + _pause(8, 90, pauses[1])
        ordered = carted + _pause(15, 300, pauses[2])
        pieces = quantities(piece_luck, prices)
        events = []
        for position in np.flatnonzero(click_luck < seen).tolist():
            common: dict[str, Any] = {
                "user_id": user_id,
                "domain": COMMERCE,
                "object_id": shown[position],
                "request_id": request_id,
            }
            events.append({**common, "action": CLICK, "ts": _datetime(clicked[position])})
            if order_luck[position] < _CARTS_PER_ORDER * order[position]:
                events.append({**common, "action": CART, "ts": _datetime(carted[position])})
            if order_luck[position] < order[position]:
                paid = {
                    "quantity": int(pieces[position]),
                    "unit_price": float(prices[position]),
                    "currency": CURRENCY,
                }
                events.append(
                    {
                        **common,
                        "action": ORDER,
                        "ts": _datetime(ordered[position]),
                        **paid,
                    }
                )
        return ShopperResponse(events, self.expected_outcome(viewer, shown))


def _pause(low: float, high: float, luck: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a random number of microseconds between `low` and `high` seconds."""
    return ((low + (high - low) * luck) * MICROS_PER_SECOND).astype(np.int64)


def _datetime(micros: np.int64) -> datetime:
    return micros_to_datetime(EpochMicros(int(micros)))
