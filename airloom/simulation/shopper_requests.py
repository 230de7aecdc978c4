"""Requests of the sample world's shoppers in words, and what answers them by the world's hidden truth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence, Set
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.request_case import ChoiceList, RequestCase, RequestSet
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.errors import AirloomError
from airloom.knowledge.edges import CATEGORY
from airloom.ranking.snapshot import Snapshot
from airloom.simulation import request_wording as wording
from airloom.simulation.catalogue import LANGUAGES, load_catalogue, read_rows
from airloom.simulation.seeds import stream
from airloom.simulation.settings import WorldSettings
from airloom.simulation.shoppers import draw_block
from airloom.simulation.tastes import affordable
from airloom.simulation.truth import load_truth

PER_LIFESTYLE: Final = 36
"""Requests of one lifestyle, a third of them of each kind."""
NEGATIVES: Final = 19
RANDOM: Final = "random"
SAME_SECTION: Final = "same section"
"""Names of lists to choose from: negatives of the whole shop, and of the top category of the positive."""
ROOM: Final = 1.2
"""A limit of the price is this many times the price of a product that the shopper can afford."""
STEP: Final = 5.0
"""Dollars to which amounts in words are rounded up."""
_MAX_TRIES: Final = 20
_SHOPPERS: Final = WorldSettings(shoppers=3000)


class _Shopper(NamedTuple):
    """Who asks: the number of their lifestyle, the leaf that they want, a product that they have in mind."""

    lifestyle: int
    life: str
    leaf: int
    target: int
    random: np.random.Generator


class _WordedNeed(NamedTuple):
    """A request: what answers it, how many conditions it states, and its leaf where that is all it states."""

    query: str
    satisfying: NDArray[np.int32]
    conditions: int
    leaf: int | None = None


def split_of(lifestyle: str) -> str:
    """Return train, valid or test: the share of all lifestyles is 70, 10 and 20 percent, whatever the seed.

    >>> split_of("van_life"), split_of("thru_hike")
    ('train', 'test')
    """
    number = int(hashlib.sha256(lifestyle.encode()).hexdigest(), 16) % 100
    return "train" if number < 70 else "valid" if number < 80 else "test"


def shopper_requests(
    snapshot: Snapshot, *, split: str, seed: int, per_lifestyle: int = PER_LIFESTYLE
) -> RequestSet:
    """Return requests of the lifestyles of one split, explicit, implicit and misinformed in turn.

    Args:
        snapshot: Of a sample world; products that it does not sell answer nothing.
        split: See `split_of`.
        seed: Of everything that is drawn.
        per_lifestyle: Requests of each lifestyle.

    Raises:
        AirloomError: The snapshot is of another shop.
    """
    shop = _Shop(snapshot)
    kinds: tuple[tuple[str, tuple[Callable[[_Shopper], _WordedNeed], ...]], ...] = (
        ("explicit", (shop.need, shop.need_within)),
        ("implicit", (shop.life, shop.video, shop.smaller_price, shop.completes)),
        ("misinformed", (shop.wrong_kind, shop.wrong_price)),
    )
    cases: list[RequestCase] = []
    queries: set[str] = set()
    for number, lifestyle in enumerate(load_truth().lifestyles):
        if split_of(lifestyle) != split:
            continue
        random = stream(seed, f"requests of {lifestyle}")
        for turn in range(per_lifestyle):
            kind, forms = kinds[turn % len(kinds)]
            form = forms[turn // len(kinds) % len(forms)]
            draft = shop.drafted(form, number, random, known=queries)
            if draft is not None:
                queries.add(draft.query)
                cases.append(shop.case(draft, f"{lifestyle}-{turn:03d}", kind, lifestyle, random))
    return RequestSet(snapshot, tuple(cases), (RANDOM, SAME_SECTION))


class _Shop:
    """What the world's shop sells in a snapshot, and what its shoppers want.

    Args:
        snapshot: Of a sample world.

    Raises:
        AirloomError: It is of another shop.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        catalogue, index = load_catalogue(), snapshot.index
        self._catalogue, self._truth, self._graph = catalogue, load_truth(), CatalogueGraph(snapshot)
        rows = np.array([index.get(object_id, -1) for object_id in catalogue.product_ids])
        titles = snapshot.objects.titles
        own = zip(rows.tolist(), catalogue.product_titles, strict=True)
        if not any(row >= 0 and titles[row] == title for row, title in own):
            raise AirloomError("The home is of another shop", do="Name the home of a demo or a sample")
        sold = np.isin(rows, snapshot.products)
        self._rows = rows[sold].astype(np.int32)
        self._leaves = catalogue.product_leaves[sold]
        self._prices = catalogue.prices[sold]
        self._titles = [titles[row] for row in self._rows.tolist()]
        self._lives = {row["lifestyle"]: row["description"] for row in read_rows("lifestyles.tsv")}
        self._people = draw_block(_SHOPPERS, 0, lifestyles=len(self._truth.lifestyles))

    def drafted(
        self,
        form: Callable[[_Shopper], _WordedNeed],
        lifestyle: int,
        random: np.random.Generator,
        *,
        known: Set[str],
    ) -> _WordedNeed | None:
        """Return a new request of one form by somebody of a lifestyle; None if there seems to be none."""
        for _ in range(_MAX_TRIES):
            shopper = self._shopper(lifestyle, random)
            if shopper is None:
                continue
            draft = form(shopper)
            if len(draft.satisfying) and draft.query not in known:
                return draft
        return None

    def case(
        self, draft: _WordedNeed, name: str, kind: str, lifestyle: str, random: np.random.Generator
    ) -> RequestCase:
        """Return a request with lists to choose from."""
        stated = None
        if draft.leaf is not None:
            values = self._graph.values_called(self._catalogue.leaves[draft.leaf][-1], CATEGORY)
            stated = (values,) if len(values) else None
        positive = int(random.choice(draft.satisfying))
        wrong = ~np.isin(self._rows, draft.satisfying)
        tops = np.array([path[0] for path in self._catalogue.leaves])[self._leaves]
        near = wrong & (tops == tops[self._rows == positive])
        choices = {
            listed: ChoiceList(positive, self._list(positive, self._rows[pool], random))
            for listed, pool in ((RANDOM, wrong), (SAME_SECTION, near))
        }
        satisfying = np.sort(draft.satisfying)
        return RequestCase(name, kind, draft.conditions, draft.query, satisfying, stated, choices, lifestyle)

    def need(self, shopper: _Shopper) -> _WordedNeed:
        """Name the kind of product."""
        query = self._worded(wording.NEED, shopper, leaf=self._called(shopper.leaf))
        return _WordedNeed(query, self._of_leaves([shopper.leaf]), 1, shopper.leaf)

    def need_within(self, shopper: _Shopper) -> _WordedNeed:
        """Name the kind of product and a limit."""
        limit = self._limit(shopper)
        query = self._worded(
            wording.NEED_WITHIN, shopper, leaf=self._called(shopper.leaf), price=f"{limit:.0f}"
        )
        return _WordedNeed(query, self._of_leaves([shopper.leaf], high=limit), 2)

    def life(self, shopper: _Shopper) -> _WordedNeed:
        """Name the life only: everything answers that such people buy."""
        return _WordedNeed(self._worded(wording.LIFE, shopper), self._of_leaves(self._wanted(shopper)), 1)

    def video(self, shopper: _Shopper) -> _WordedNeed:
        """Name a video of the lifestyle."""
        english = self._catalogue.content_languages == LANGUAGES.index("en")
        videos = np.flatnonzero((self._truth.content == shopper.lifestyle) & english)
        title = self._catalogue.content_titles[int(shopper.random.choice(videos))]
        query = self._worded(wording.VIDEO, shopper, title=title)
        return _WordedNeed(query, self._of_leaves(self._wanted(shopper)), 1)

    def smaller_price(self, shopper: _Shopper) -> _WordedNeed:
        """Name a product; what is of its kind and costs less answers."""
        title, price = self._titles[shopper.target], float(self._prices[shopper.target])
        query = self._worded(wording.SMALLER_PRICE, shopper, title=title)
        return _WordedNeed(query, self._of_leaves([shopper.leaf], below=price), 1)

    def completes(self, shopper: _Shopper) -> _WordedNeed:
        """Name a product that is there already; the other kinds of the lifestyle answer."""
        others = [leaf for leaf in self._wanted(shopper) if leaf != shopper.leaf]
        query = self._worded(wording.COMPLETES, shopper, title=self._titles[shopper.target])
        return _WordedNeed(query, self._of_leaves(others), 1)

    def wrong_kind(self, shopper: _Shopper) -> _WordedNeed:
        """Take a product for one of another category; what is of its own kind answers."""
        limit = self._limit(shopper)
        wrong = [leaf for leaf in np.unique(self._leaves).tolist() if leaf != shopper.leaf]
        query = self._worded(
            wording.WRONG_KIND,
            shopper,
            title=self._titles[shopper.target],
            leaf=self._called(int(shopper.random.choice(wrong))),
            price=f"{limit:.0f}",
        )
        satisfying = self._of_leaves([shopper.leaf], high=limit)
        return _WordedNeed(query, satisfying[satisfying != self._rows[shopper.target]], 2)

    def wrong_price(self, shopper: _Shopper) -> _WordedNeed:
        """Take a product for one of about half or twice its price; its true price counts."""
        title, price = self._titles[shopper.target], float(self._prices[shopper.target])
        wrong = np.ceil(price * float(shopper.random.choice([0.5, 2.0])) / STEP) * STEP
        query = self._worded(wording.WRONG_PRICE, shopper, title=title, price=f"{wrong:.0f}")
        return _WordedNeed(query, self._of_leaves([shopper.leaf], below=price), 2)

    def _shopper(self, lifestyle: int, random: np.random.Generator) -> _Shopper | None:
        """Return somebody of a lifestyle with a product that they can afford; None if it is not sold."""
        alike = np.flatnonzero((self._people.lifestyles == lifestyle).any(axis=1))
        person = int(random.choice(alike))
        leaf = int(random.choice(len(self._catalogue.leaves), p=self._truth.weights[lifestyle]))
        products = np.flatnonzero(self._leaves == leaf)
        if not len(products):
            return None
        chances = affordable(
            self._prices[products],
            budgets=float(self._people.budgets[person]),
            sensitivities=float(self._people.sensitivities[person]),
        )
        target = int(random.choice(products, p=chances / chances.sum()))
        name = self._truth.lifestyles[lifestyle]
        return _Shopper(lifestyle, self._lives[name], leaf, target, random)

    def _limit(self, shopper: _Shopper) -> float:
        return float(np.ceil(self._prices[shopper.target] * ROOM / STEP) * STEP)

    def _wanted(self, shopper: _Shopper) -> list[int]:
        leaves: list[int] = np.flatnonzero(self._truth.weights[shopper.lifestyle]).tolist()
        return leaves

    def _of_leaves(
        self, leaves: Sequence[int], *, high: float = np.inf, below: float = np.inf
    ) -> NDArray[np.int32]:
        """Return what is sold of some leaves, at a price of at most `high` and under `below`."""
        fits = np.isin(self._leaves, leaves) & (self._prices <= high) & (self._prices < below)
        return self._rows[fits]

    def _list(self, positive: int, pool: NDArray[np.int32], random: np.random.Generator) -> NDArray[np.int32]:
        negatives = random.choice(pool, min(NEGATIVES, len(pool)), replace=False)
        return np.sort(np.append(negatives, positive)).astype(np.int32)

    def _called(self, leaf: int) -> str:
        return self._catalogue.leaves[leaf][-1].lower().replace("&", "and")

    @staticmethod
    def _worded(sentences: Sequence[str], shopper: _Shopper, **parts: str) -> str:
        sentence = sentences[int(shopper.random.integers(len(sentences)))]
        query = sentence.format(life=shopper.life, **parts)
        return query[:1].upper() + query[1:]
