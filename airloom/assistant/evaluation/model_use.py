"""Who read the requests of an evaluation, a language model or rules and why, and what that took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.evaluation.model_replies import FALLBACKS, INVALID, ModelReply
from airloom.assistant.evaluation.request_case import RequestCase

BY_MODEL: Final = "read by the model"
TOKENS_IN: Final = "tokens in"
TOKENS_OUT: Final = "tokens out"
USD: Final = "usd"


def model_use(
    cases: Sequence[RequestCase], replies: Mapping[str, ModelReply], by_rules: Set[str]
) -> dict[str, NDArray[np.float64]]:
    """Return metrics of each request, float64 [cases]: who read it, and what the reply took.

    Args:
        cases: The requests.
        replies: Of the model, by request.
        by_rules: Requests that rules read; those with a reply in time had one that is no reading.
    """
    own = [replies[case.query] for case in cases]
    fallbacks = [
        (reply.fallback or INVALID) if case.query in by_rules else ""
        for case, reply in zip(cases, own, strict=True)
    ]
    return {
        BY_MODEL: np.array([not fallback for fallback in fallbacks], np.float64),
        **{
            reason: np.array([fallback == reason for fallback in fallbacks], np.float64)
            for reason in FALLBACKS
        },
        TOKENS_IN: np.array([reply.usage.tokens_in for reply in own], np.float64),
        TOKENS_OUT: np.array([reply.usage.tokens_out for reply in own], np.float64),
        USD: np.array([reply.usage.usd for reply in own], np.float64),
    }
