from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from airloom.logs.limits import RESEND_WINDOW
from model_service.api.events import Event, EventsRequest
from model_service.api.fields import MAX_CLOCK_SKEW
from model_service.outbox.event_records import to_record
from model_service.user_events.ingest import EventIngest
from model_service.user_events.recent_events import MemoryRecentEvents, RecentEvent
from tests.model_service.user_events.event_log_double import EventLogDouble


class BrokenRecentEvents(MemoryRecentEvents):
    """A store that is down."""

    def add(self, user_id: str, events: Sequence[RecentEvent]) -> int:  # noqa: ARG002 - a store's
        raise ConnectionError(user_id)


class SharedIdsDouble:
    """What another machine accepted; may be down."""

    def __init__(self, *accepted: tuple[str, str], down: bool = False) -> None:
        self.accepted, self.down = set(accepted), down

    def known(self, event_ids: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
        if self.down:
            raise ConnectionError(str(event_ids))
        return self.accepted & {(user, event_id) for user, ids in event_ids.items() for event_id in ids}

    def add(self, event_ids: Mapping[str, Sequence[str]]) -> None:
        self.accepted |= {(user, event_id) for user, ids in event_ids.items() for event_id in ids}

    def erase(self, user_id: str) -> None:
        raise AssertionError(user_id)


def event(number: int, user: str = "u", **fields: object) -> Event:
    given = {"event_id": f"e{number}", "user_id": user, "action": "view", "object_id": f"v{number}"}
    return Event.model_validate(given | fields)


def ingest(
    event_log: EventLogDouble, recent_events: MemoryRecentEvents, shared_ids: SharedIdsDouble | None = None
) -> EventIngest:
    return EventIngest(event_log, recent_events, shared_ids=shared_ids)  # type: ignore[arg-type]


def test_events_are_written_and_shown() -> None:
    journal, recent_events = EventLogDouble(), MemoryRecentEvents()
    result = ingest(journal, recent_events).ingest([event(1), event(2, "w"), event(3)])
    assert (result.accepted, result.repeated, result.degraded) == (3, 0, [])
    assert [row["object_id"] for row in journal.rows] == ["v1", "v2", "v3"]
    assert [event_read.object_id for event_read in recent_events.read("u").events] == ["v1", "v3"]
    assert [event_read.object_id for event_read in recent_events.read("w").events] == ["v2"]


def test_a_return_is_written_and_not_shown() -> None:
    journal, recent_events, shared_ids = EventLogDouble(), MemoryRecentEvents(), SharedIdsDouble()
    mine = ingest(journal, recent_events, shared_ids)
    back = event(1, action="order", quantity=-1, unit_price=20.0, currency="EUR", request_id="r")
    assert mine.ingest([back, event(2)]).accepted == 2
    assert [row["quantity"] for row in journal.rows] == [-1, None]
    assert [shown.object_id for shown in recent_events.read("u").events] == ["v2"]
    assert mine.ingest([back]).repeated == 1  # other machines know it too


def test_an_event_counts_once_however_often_it_is_sent() -> None:
    journal, recent_events = EventLogDouble(), MemoryRecentEvents()
    mine = ingest(journal, recent_events)
    assert mine.ingest([event(1), event(1, object_id="other"), event(2)]).repeated == 1
    again = mine.ingest([event(2), event(3), event(1)])
    assert (again.accepted, again.repeated) == (1, 2)
    assert [row["object_id"] for row in journal.rows] == ["v1", "v2", "v3"]
    assert mine.ingest([event(1, "somebody else")]).accepted == 1


def test_what_cannot_be_written_is_not_shown_either_and_can_be_sent_again() -> None:
    journal, recent_events = EventLogDouble(full=True), MemoryRecentEvents()
    mine = ingest(journal, recent_events)
    result = mine.ingest([event(1)])
    assert (result.accepted, result.repeated, result.degraded) == (0, 0, ["event_log"])
    assert recent_events.read("u").events == []
    journal.full = False
    assert mine.ingest([event(1)]).accepted == 1


def test_without_the_store_events_are_still_written(caplog: pytest.LogCaptureFixture) -> None:
    event_log = EventLogDouble()
    result = ingest(event_log, BrokenRecentEvents()).ingest([event(1, "secret-name")])
    assert (result.accepted, result.degraded) == (1, ["live_events"])
    assert len(event_log.rows) == 1
    assert "secret-name" not in caplog.text


def test_what_another_machine_accepted_is_repeated() -> None:
    event_log, recent_events, shared = EventLogDouble(), MemoryRecentEvents(), SharedIdsDouble(("u", "e1"))
    mine = ingest(event_log, recent_events, shared)
    result = mine.ingest([event(1), event(2), event(1, "w")])
    assert (result.accepted, result.repeated, result.degraded) == (2, 1, [])
    assert [row["object_id"] for row in event_log.rows] == ["v2", "v1"]
    assert shared.accepted == {("u", "e1"), ("u", "e2"), ("w", "e1")}


def test_where_nobody_says_what_others_accepted_events_are_written(caplog: pytest.LogCaptureFixture) -> None:
    event_log = EventLogDouble()
    result = ingest(event_log, MemoryRecentEvents(), SharedIdsDouble(down=True)).ingest(
        [event(1, "secret-name")]
    )
    assert (result.accepted, result.degraded) == (1, ["live_events"])
    assert len(event_log.rows) == 1
    assert "secret-name" not in caplog.text


def test_a_row_is_one_of_the_log() -> None:
    at = datetime.now(UTC).replace(microsecond=123_456) - timedelta(days=1)
    bought = event(1, action="order", at=at.isoformat(), quantity=2, unit_price=9.5, currency="EUR")
    assert to_record(bought) == {
        "user_id": "u",
        "ts": int(at.timestamp()) * 1_000_000 + 123_456,
        "domain": "commerce",
        "action": "order",
        "object_id": "v1",
        "dwell_s": None,
        "quantity": 2,
        "unit_price": 9.5,
        "currency": "EUR",
        "request_id": None,
        "event_id": "e1",
    }
    assert to_record(event(1, action="like"))["domain"] == "content"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"at": datetime.now(UTC) + MAX_CLOCK_SKEW + timedelta(days=1)}, "lies in the future"),
        ({"at": datetime.now(UTC) - RESEND_WINDOW - timedelta(minutes=1)}, "older than 7 days"),
        ({"at": "2026-03-01T12:00:00"}, "timezone"),
        ({"action": "stare"}, "'view', 'like', 'click', 'cart' or 'order'"),
        ({"action": "order", "quantity": 0}, "quantity is zero"),
        ({"action": "click", "quantity": -1}, "only an order may have"),
        ({"unit_price": float("nan")}, "finite"),
        ({"currency": "euro"}, "pattern"),
        ({"event_id": ""}, "at least 1 character"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_what_is_no_event_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        event(1, "secret-name", **fields)
    assert "secret-name" not in str(caught.value)


def test_a_request_has_one_to_five_hundred_events() -> None:
    for count in (0, 501):
        with pytest.raises(ValidationError):
            EventsRequest(events=[event(number) for number in range(count)])
