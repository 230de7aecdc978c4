"""Converts protobuf messages to the models of the API, and responses to messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet

from airloom.timestamps import seconds_of
from model_service.api.ask import AskRequest, AskResponse
from model_service.api.events import EventsRequest, EventsResponse
from model_service.api.rank import RankedItem, RankRequest, RankResponse
from model_service.grpc import airloom_pb2 as pb

_OPTIONAL_OF_RANK: Final = ("k", "request_id", "preview_variant")
_OPTIONAL_OF_ASK: Final = ("user_id", "k", "preview_variant", "min_price", "max_price", "deadline_ms")
_OPTIONAL_OF_EVENT: Final = ("dwell_s", "quantity", "unit_price", "currency", "request_id")
_NANOSECONDS: Final = 1_000_000_000


class UnknownFieldError(ValueError):
    """A message has fields that this version of the protocol does not know."""


def rank_request(message: pb.RankRequest) -> RankRequest:
    """Return the request of a message.

    Raises:
        UnknownFieldError: It has unknown fields.
        pydantic.ValidationError: It is not valid.
    """
    _refuse_unknown(message)
    given: dict[str, Any] = {"user_id": message.user_id, "candidates": list(message.candidates) or None}
    given |= {name: getattr(message, name) for name in _OPTIONAL_OF_RANK if message.HasField(name)}
    if message.HasField("at"):
        given["at"] = _to_datetime(message.at)
    return RankRequest.model_validate(given)


def ask_request(message: pb.AskRequest) -> AskRequest:
    """Return the request of a message.

    Raises:
        UnknownFieldError: It has unknown fields.
        pydantic.ValidationError: It is not valid.
    """
    _refuse_unknown(message)
    given: dict[str, Any] = {"query": message.query}
    given |= {name: list(getattr(message, name)) for name in ("earlier", "must", "must_not", "ignore")}
    given |= {name: getattr(message, name) for name in _OPTIONAL_OF_ASK if message.HasField(name)}
    if message.HasField("at"):
        given["at"] = _to_datetime(message.at)
    return AskRequest.model_validate(given)


def events_request(message: pb.IngestRequest) -> EventsRequest:
    """Return the request of a message.

    Raises:
        UnknownFieldError: It or one of its events has unknown fields.
        pydantic.ValidationError: It is not valid.
    """
    _refuse_unknown(message)
    events = []
    for event in message.events:
        _refuse_unknown(event)
        given: dict[str, Any] = {
            name: getattr(event, name) for name in ("event_id", "user_id", "action", "object_id")
        }
        given |= {name: getattr(event, name) for name in _OPTIONAL_OF_EVENT if event.HasField(name)}
        if event.HasField("at"):
            given["at"] = _to_datetime(event.at)
        events.append(given)
    return EventsRequest.model_validate({"events": events})


def rank_message(response: RankResponse) -> pb.RankResponse:
    """Return a page as a message."""
    return pb.RankResponse(
        request_id=response.request_id,
        experiment=response.experiment,
        variant=response.variant,
        model_version=response.model_version,
        snapshot_digest=response.snapshot_digest,
        degraded=response.degraded,
        items=map(_item, response.items),
    )


def ask_message(response: AskResponse) -> pb.AskResponse:
    """Return an answer as a message: its fields have the same names."""
    message = pb.AskResponse()
    ParseDict(response.model_dump(), message)
    return message


def events_message(response: EventsResponse) -> pb.IngestResponse:
    """Return what became of events as a message."""
    return pb.IngestResponse(
        accepted=response.accepted, repeated=response.repeated, degraded=response.degraded
    )


def _item(item: RankedItem) -> pb.Item:
    return pb.Item(
        object_id=item.object_id,
        title=item.title,
        price=item.price,
        score=item.score,
        position=item.position,
        chain=item.reason.chain,
        cause=pb.Cause.Value(f"CAUSE_{item.reason.cause.name}"),
        text=item.reason.text,
        events=[
            pb.Evidence(
                object_id=event.object_id,
                title=event.title,
                action=event.action,
                at=Timestamp(seconds=seconds_of(event.at)),
            )
            for event in item.reason.events
        ],
    )


def _to_datetime(at: Timestamp) -> datetime | str:
    """Return a time; where no calendar has it, a text that validation refuses with a sentence."""
    try:
        return datetime.fromtimestamp(at.seconds + at.nanos / _NANOSECONDS, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{at.seconds} seconds since 1970"


def _refuse_unknown(message: Message) -> None:
    unknown = UnknownFieldSet(message)
    if len(unknown):
        numbers = ", ".join(str(field.field_number) for field in unknown)
        raise UnknownFieldError(f"{message.DESCRIPTOR.name} has no field {numbers}")
