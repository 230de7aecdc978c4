"""The cases that every model must rank: each target among the same other products of its own domain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.files import atomic_file
from airloom.progress import progress
from airloom.ranking.evaluation.metrics import rank_of_first
from airloom.ranking.ranker import Ranker
from airloom.ranking.training.examples import Example

PADDING = -1  # in the stored table, where a domain has fewer products than were asked for


class EvalCases(NamedTuple):
    """Targets with the histories before them, and the products that each is ranked against.

    Attributes:
        examples: What was known, and which product was wanted.
        domain_of_case: The domain of each target.
        candidates: int32 [C] for each case: the target, then other products of its domain, all different.
        products: int32 [P] for each domain: all its products, ascending.
    """

    examples: list[Example]
    domain_of_case: list[str]
    candidates: list[NDArray[np.int32]]
    products: dict[str, NDArray[np.int32]]

    @property
    def targets(self) -> NDArray[np.int64]:
        """int64 [n]: the object that each case is about."""
        return np.array([example.target for example in self.examples], np.int64)

    @property
    def users(self) -> NDArray[np.int64]:
        """int64 [n]: a number for the user of each case."""
        return np.unique([example.user_id for example in self.examples], return_inverse=True)[1]

    @property
    def digest(self) -> str:
        """SHA-256 of the targets with their negatives, in hexadecimal."""
        return hashlib.sha256(_padded(self.candidates).tobytes()).hexdigest()


def draw_eval_cases(
    examples: Sequence[Example],
    *,
    domains: list[str],
    is_product: NDArray[np.bool_],
    negatives: int = 999,
    seed: int,
) -> EvalCases:
    """Draw the negatives of each target, uniformly and without replacement from its own domain.

    What the user bought before may be drawn, as in the published protocol. A domain with fewer products
    gives all it has.

    Args:
        examples: At least one.
        domains: Of each object.
        is_product: Bool [O]; only products are ranked.
        negatives: The number of negatives of a target.
        seed: Of the negatives.

    Raises:
        AirloomError: There is no case, or a target is no product.
    """
    products = _by_domain(domains, is_product)
    domain_of_case = _target_domains(examples, domains, is_product)
    rng = np.random.default_rng(seed)
    candidates = []
    for example, domain in zip(examples, domain_of_case, strict=True):
        others = _without(products[domain], example.target)
        drawn = rng.choice(others, min(negatives, len(others)), replace=False)
        candidates.append(np.append(np.int32(example.target), drawn))
    return EvalCases(list(examples), domain_of_case, candidates, products)


def save_eval_cases(path: Path, cases: EvalCases) -> None:
    """Write targets and negatives as one .npy table, int32 [n, 1 + negatives], atomically."""
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, _padded(cases.candidates), allow_pickle=False)


def load_eval_cases(
    path: Path, examples: Sequence[Example], *, domains: list[str], is_product: NDArray[np.bool_]
) -> EvalCases:
    """Return what `save_eval_cases` wrote for the same examples.

    Raises:
        AirloomError: The file is not such a table, or it was made for other cases or objects.
    """
    do = "Delete the file, and the negatives are drawn again"
    products = _by_domain(domains, is_product)
    domain_of_case = _target_domains(examples, domains, is_product)
    try:
        table = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise AirloomError(f"{path} holds no negatives ({error})", do=do) from error
    targets = [example.target for example in examples]
    if table.ndim != 2 or table.dtype != np.int32 or not np.array_equal(table[:, 0], targets):
        raise AirloomError(f"{path} was made for other cases", do=do)
    candidates = [row[row != PADDING] for row in table]
    for row, domain in zip(candidates, domain_of_case, strict=True):
        if not np.isin(row, products[domain]).all():
            raise AirloomError(f"{path} was made for other products of {domain}", do=do)
    return EvalCases(list(examples), domain_of_case, candidates, products)


def sampled_ranks(ranker: Ranker, cases: EvalCases, *, title: str) -> NDArray[np.int64]:
    """Return the rank of each target among its candidates, from 1, int64 [n]; ties count against it.

    Args:
        ranker: Scores candidates.
        cases: What is ranked.
        title: Of the progress bar.
    """
    return _ranks(ranker, cases.examples, cases.candidates, title=title)


def full_ranks(
    ranker: Ranker, cases: EvalCases, rows: NDArray[np.int64], *, title: str = "full catalogue"
) -> NDArray[np.int64]:
    """Return the rank of some targets among all products of their domain, from 1, int64 [rows].

    Args:
        ranker: Scores candidates.
        cases: What is ranked.
        rows: int64, which of the cases; a slow ranker takes a sample.
        title: Of the progress bar.
    """
    examples = [cases.examples[row] for row in rows]
    pools = [cases.products[cases.domain_of_case[row]] for row in rows]
    candidates = (
        np.append(np.int32(example.target), _without(pool, example.target))
        for example, pool in zip(examples, pools, strict=True)
    )
    return _ranks(ranker, examples, candidates, title=title)


def _ranks(
    ranker: Ranker, examples: Sequence[Example], candidates: Iterable[NDArray[np.int32]], *, title: str
) -> NDArray[np.int64]:
    ranks = np.empty(len(examples), np.int64)
    bar = progress(zip(examples, candidates, strict=True), what=title, total=len(examples), unit="targets")
    # the matrix products are small: more BLAS threads only wait for each other
    with threadpool_limits(1, user_api="blas"):
        for row, (example, of_case) in enumerate(bar):
            ranking = ranker.rank(history=example.history, candidates=of_case, now=example.now)
            ranks[row] = rank_of_first(ranking.scores)
    return ranks


def _by_domain(domains: list[str], is_product: NDArray[np.bool_]) -> dict[str, NDArray[np.int32]]:
    products = np.flatnonzero(is_product).astype(np.int32)
    domain_of_product = np.array(domains)[products]
    return {str(domain): products[domain_of_product == domain] for domain in np.unique(domain_of_product)}


def _target_domains(
    examples: Sequence[Example], domains: list[str], is_product: NDArray[np.bool_]
) -> list[str]:
    """Return the domain of each target, which must be a product."""
    if not examples:
        raise AirloomError("There is no case to rank", do="Check that the data has a test split")
    others = [example.target for example in examples if not is_product[example.target]]
    if others:
        raise AirloomError(
            f"{len(others)} of {len(examples)} targets are no products (the first is object {others[0]})",
            do="Check which domains of the data are commerce",
        )
    return [domains[example.target] for example in examples]


def _without(pool: NDArray[np.int32], target: int) -> NDArray[np.int32]:
    others: NDArray[np.int32] = pool[pool != target]
    return others


def _padded(candidates: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return int32 [n, max candidates], little-endian as in the file, filled up with `PADDING`."""
    table = np.full((len(candidates), max(map(len, candidates))), PADDING, "<i4")
    for row, of_case in zip(table, candidates, strict=True):
        row[: len(of_case)] = of_case
    return table
