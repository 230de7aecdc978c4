"""What the service has landed, counted."""

from __future__ import annotations

from collections import Counter

from airloom.logs.lake import Lake
from model_service.outbox.event_records import EVENT_ID, EVENT_RECORDS


def landed_event_ids(lake: Lake) -> Counter[str]:
    """Return how often each event id is in the landing folder."""
    landing = lake.landing(EVENT_RECORDS.table)
    return Counter(
        event_id
        for day in lake.days(landing)
        for file in lake.files(landing, day)
        for rows in lake.row_groups(file, columns=[EVENT_ID])
        for event_id in rows[EVENT_ID].to_pylist()
    )
