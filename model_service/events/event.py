"""The former home of `Event`, for one release: import it from `model_service.client`."""

from __future__ import annotations

import warnings

from model_service.api.events import Event, EventsRequest, EventsResponse

__all__ = ["Event", "EventsRequest", "EventsResponse"]

warnings.warn("Import Event from model_service.client", DeprecationWarning, stacklevel=2)
