"""The words of requests in the log: nowhere, unless a setting wants them."""

from __future__ import annotations

import json
import logging

from model_service.api.ask import AskRequest, AskResponse

logger = logging.getLogger("airloom.requests")


class RequestLog:
    """Logs what was asked in words, if it is on; who asked is never logged.

    Args:
        is_on: Whether anything is logged.
    """

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        if is_on:
            logger.setLevel(logging.INFO)  # the service's other logs begin with warnings

    def write(self, request: AskRequest, response: AskResponse) -> None:
        """Log the last request of a conversation; the earlier ones were logged when they were asked.

        Neither the user nor the id of the answer is in the line: the exposures have both, and would name who
        asked. The words are JSON, so that no request writes a line of its own.
        """
        if self._is_on:
            words = json.dumps(request.query, ensure_ascii=True)
            logger.info("Asked: %s (read by %s, %d products)", words, response.source, len(response.items))
