from __future__ import annotations

import numpy as np

from airloom.assistant.evaluation.model_replies import DEADLINE, FALLBACKS, INVALID, ModelReply
from airloom.assistant.evaluation.model_use import BY_MODEL, TOKENS_OUT, USD, model_use
from airloom.assistant.evaluation.request_case import RequestCase
from airloom.llm.outcome import Usage

REPLIES = {
    "read": ModelReply("a reading", "", 0.1, Usage(1, 400, 30, 0.002)),
    "prose": ModelReply("certainly!", "", 0.1, Usage(1, 400, 9, 0.001)),
    "late": ModelReply(None, DEADLINE, 0.4, Usage(1)),
}
CASES = [RequestCase(query, "explicit", 1, query, np.empty(0, np.int32), None, {}) for query in REPLIES]


def test_each_request_was_read_by_the_model_or_has_one_reason_why_not() -> None:
    use = model_use(CASES, REPLIES, {"prose", "late"})
    assert use[BY_MODEL].tolist() == [1, 0, 0]
    assert use[INVALID].tolist() == [0, 1, 0]
    assert use[DEADLINE].tolist() == [0, 0, 1]
    assert np.sum([use[name] for name in (BY_MODEL, *FALLBACKS)], axis=0).tolist() == [1, 1, 1]
    assert use[TOKENS_OUT].tolist() == [30, 9, 0]
    assert use[USD].sum() == 0.003
