"""An experiment: the ways of ranking that are compared, and the share of users that gets each of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from airloom.errors import AirloomError


@dataclass(frozen=True)
class Variant:
    """One way of ranking.

    Attributes:
        name: What reports and exposures call it.
        share: Share of the users that gets it, 0 < share <= 1.
        ranker: "air", "item_cf", "popularity", or the URI of a registered AIR model ("models:/name@alias").
    """

    name: str
    share: float
    ranker: str


@dataclass(frozen=True)
class Experiment:
    """A comparison of variants over all users.

    Attributes:
        name: What reports and exposures call it.
        variants: In the order in which they divide the users; append new ones at the end.
        salt: Changing it reassigns all users.
        control: Name of the variant that the others are compared with.

    Raises:
        AirloomError: Shares do not add up to 1, names are not unique, or the control is not a variant.
    """

    name: str
    variants: tuple[Variant, ...]
    salt: str
    control: str

    def __post_init__(self) -> None:
        names = [variant.name for variant in self.variants]
        if not self.name or not names or not all(names):
            raise AirloomError(
                f"Experiment {self.name!r} lacks a name or has a variant without one",
                do="Name the experiment and at least one variant",
            )
        if len(set(names)) < len(names):
            raise AirloomError(
                f"Experiment {self.name}: two variants share a name ({', '.join(names)})",
                do="Give every variant its own name",
            )
        if self.control not in names:
            raise AirloomError(
                f"Experiment {self.name}: the control {self.control!r} is not one of its variants",
                do=f"Set control to one of: {', '.join(names)}",
            )
        for variant in self.variants:
            if not 0 < variant.share <= 1:
                raise AirloomError(
                    f"Experiment {self.name}: the share of {variant.name} is {variant.share}; "
                    "it must be above 0 and at most 1",
                    do="Give every variant a share above 0",
                )
        total = math.fsum(variant.share for variant in self.variants)
        if not math.isclose(total, 1, abs_tol=1e-9):
            raise AirloomError(
                f"Experiment {self.name}: shares add up to {total:g}; they must add up to 1",
                do=f"Correct the shares of {', '.join(names)}",
            )

    def variant(self, name: str) -> Variant:
        """Return the variant called `name`.

        Raises:
            AirloomError: There is no such variant.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise AirloomError(
            f"Experiment {self.name} has no variant {name!r}",
            do=f"Use one of: {', '.join(variant.name for variant in self.variants)}",
        )
