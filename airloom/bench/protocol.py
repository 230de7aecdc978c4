"""What every model must rank: each target among the same other products of its own domain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.files import whole_file
from airloom.progress import progress
from airloom.ranking.evaluation.metrics import rank_of_first
from airloom.ranking.ranker import Ranker
from airloom.ranking.training.examples import Example

NOBODY = -1  # fills the stored table where a domain has fewer products than were asked for


class Contest(NamedTuple):
    """Cases and the products that each target is ranked against.

    Attributes:
        cases: What was known, and which product was wanted.
        domain_of_case: The domain of each target.
        candidates: int32 [C] for each case: the target, then other products of its domain, all different.
        everything: int32 [P] for each domain: all its products, ascending.
    """

    cases: list[Example]
    domain_of_case: list[str]
    candidates: list[NDArray[np.int32]]
    everything: dict[str, NDArray[np.int32]]

    @property
    def targets(self) -> NDArray[np.int64]:
        """int64 [n]: the object that each case is about."""
        return np.array([case.target for case in self.cases], np.int64)

    @property
    def users(self) -> NDArray[np.int64]:
        """int64 [n]: a number for the user of each case."""
        return np.unique([case.user_id for case in self.cases], return_inverse=True)[1]

    @property
    def digest(self) -> str:
        """SHA-256 of the targets with their negatives, in hexadecimal."""
        return hashlib.sha256(_padded(self.candidates).tobytes()).hexdigest()


def contest(
    cases: Sequence[Example],
    *,
    domains: list[str],
    is_product: NDArray[np.bool_],
    negatives: int = 999,
    seed: int,
) -> Contest:
    """Draw what each target is ranked against, evenly and without replacement from its own domain.

    What the user bought before may be drawn, as in the published protocol. A domain with fewer products
    gives all it has.

    Args:
        cases: At least one.
        domains: Of each object.
        is_product: Bool [O]; only products are ranked.
        negatives: How many.
        seed: Of the negatives.

    Raises:
        AirloomError: There is no case, or a target is no product.
    """
    everything = _by_domain(domains, is_product)
    domain_of_case = _checked(cases, domains, is_product)
    rng = np.random.default_rng(seed)
    candidates = []
    for case, domain in zip(cases, domain_of_case, strict=True):
        others = _without(everything[domain], case.target)
        drawn = rng.choice(others, min(negatives, len(others)), replace=False)
        candidates.append(np.append(np.int32(case.target), drawn))
    return Contest(list(cases), domain_of_case, candidates, everything)


def save(path: Path, found: Contest) -> None:
    """Write targets and negatives as one table, int32 [n, 1 + most negatives], .npy, whole or not at all."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, _padded(found.candidates), allow_pickle=False)


def load(
    path: Path, cases: Sequence[Example], *, domains: list[str], is_product: NDArray[np.bool_]
) -> Contest:
    """The contest that `save` wrote for the same cases.

    Raises:
        AirloomError: The file is not such a table, or it was made for other cases or objects.
    """
    mend = "Delete the file, and the negatives are drawn again"
    everything = _by_domain(domains, is_product)
    domain_of_case = _checked(cases, domains, is_product)
    try:
        table = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise AirloomError(f"{path} holds no negatives ({error})", do=mend) from error
    targets = [case.target for case in cases]
    if table.ndim != 2 or table.dtype != np.int32 or not np.array_equal(table[:, 0], targets):
        raise AirloomError(f"{path} was made for other cases", do=mend)
    candidates = [row[row != NOBODY] for row in table]
    for row, domain in zip(candidates, domain_of_case, strict=True):
        if not np.isin(row, everything[domain]).all():
            raise AirloomError(f"{path} was made for other products of {domain}", do=mend)
    return Contest(list(cases), domain_of_case, candidates, everything)


def sampled_ranks(ranker: Ranker, found: Contest, *, what: str) -> NDArray[np.int64]:
    """The place of each target among its candidates, from 1, int64 [n]; ties count against it.

    Args:
        ranker: Scores candidates.
        found: The cases.
        what: Name of the progress bar.
    """
    return _ranks(ranker, found.cases, found.candidates, what=what)


def full_ranks(
    ranker: Ranker, found: Contest, rows: NDArray[np.int64], *, what: str = "full catalogue"
) -> NDArray[np.int64]:
    """The place of some targets among all products of their domain, from 1, int64 [rows].

    Args:
        ranker: Scores candidates.
        found: The cases.
        rows: int64, which of them; a slow ranker takes a sample.
        what: Name of the progress bar.
    """
    chosen = [found.cases[row] for row in rows]
    pools = [found.everything[found.domain_of_case[row]] for row in rows]
    candidates = (
        np.append(np.int32(case.target), _without(pool, case.target))
        for case, pool in zip(chosen, pools, strict=True)
    )
    return _ranks(ranker, chosen, candidates, what=what)


def _ranks(
    ranker: Ranker, cases: Sequence[Example], candidates: Iterable[NDArray[np.int32]], *, what: str
) -> NDArray[np.int64]:
    ranks = np.empty(len(cases), np.int64)
    bar = progress(zip(cases, candidates, strict=True), what=what, total=len(cases), unit="targets")
    with threadpool_limits(
        1, user_api="blas"
    ):  # the products are small: more threads only wait for each other
        for row, (case, some) in enumerate(bar):
            ranking = ranker.rank(history=case.history, candidates=some, now=case.now)
            ranks[row] = rank_of_first(ranking.scores)
    return ranks


def _by_domain(domains: list[str], is_product: NDArray[np.bool_]) -> dict[str, NDArray[np.int32]]:
    products = np.flatnonzero(is_product).astype(np.int32)
    own = np.array(domains)[products]
    return {str(domain): products[own == domain] for domain in np.unique(own)}


def _checked(cases: Sequence[Example], domains: list[str], is_product: NDArray[np.bool_]) -> list[str]:
    """The domain of each case's target, which must be a product."""
    if not cases:
        raise AirloomError("There is no case to rank", do="Check that the data has a test split")
    strays = [case.target for case in cases if not is_product[case.target]]
    if strays:
        raise AirloomError(
            f"{len(strays)} of {len(cases)} targets are no products (the first is object {strays[0]})",
            do="Check which domains of the data are commerce",
        )
    return [domains[case.target] for case in cases]


def _without(pool: NDArray[np.int32], target: int) -> NDArray[np.int32]:
    others: NDArray[np.int32] = pool[pool != target]
    return others


def _padded(candidates: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """int32 [n, most candidates], little-endian as in the file, filled up with `NOBODY`."""
    table = np.full((len(candidates), max(map(len, candidates))), NOBODY, "<i4")
    for row, some in zip(table, candidates, strict=True):
        row[: len(some)] = some
    return table
