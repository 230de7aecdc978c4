"""A real gRPC server and client in one event loop, with an engine that is real too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from airloom.errors import AirloomError
from airloom.ranking.snapshot import Snapshot
from model_service.api.ask import AskRequest, AskResponse
from model_service.api.rank import RankRequest, RankResponse
from model_service.engine.engine import Engine
from model_service.grpc import airloom_pb2 as pb
from model_service.grpc.airloom_pb2_grpc import RankingStub
from model_service.grpc.server import MAX_BYTES, SERVICE, GrpcServer, _handler
from model_service.release.reloader import NotReadyError
from model_service.tokens import Tokens
from model_service.user_events.ingest import EventIngest
from model_service.user_events.recent_events import MemoryRecentEvents
from tests.model_service.engine.small_engine import AT, ReasoningRanker, make_engine
from tests.model_service.shop import NOON
from tests.model_service.user_events.event_log_double import EventLogDouble

NOW = Timestamp(seconds=NOON)
TOKEN = "a-token-of-some-length"


class FakeRuntime:
    """What a server needs of a runtime."""

    def __init__(self, engine: Engine, ingest: EventIngest) -> None:
        self.engine, self.ingest, self.tokens = engine, ingest, Tokens([])
        self.fault: Exception | None = None
        self.ready: Future[None] = Future()
        self.ready.set_result(None)

    def rank(self, request: RankRequest) -> RankResponse:
        if self.fault is not None:
            raise self.fault
        return self.engine.rank(request)

    def ask(self, request: AskRequest) -> AskResponse:
        return self.engine.ask(request)


@pytest.fixture
def runtime(snapshot: Snapshot) -> FakeRuntime:
    recent_events = MemoryRecentEvents()
    engine = make_engine(snapshot, ranker=ReasoningRanker(), recent_events=recent_events)
    return FakeRuntime(engine, EventIngest(EventLogDouble(), recent_events))  # type: ignore[arg-type]


Talk = Callable[[grpc.aio.Channel], Awaitable[Any]]


def talk(runtime: FakeRuntime, with_it: Talk, options: Sequence[tuple[str, int]] = ()) -> Any:
    """Start a server, talk to it by a client with `options`, stop it."""

    async def run() -> Any:
        server = GrpcServer(runtime, "127.0.0.1:0")  # type: ignore[arg-type]
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", options=options) as channel:
                return await with_it(channel)
        finally:
            await server.stop()

    return asyncio.run(run())


def rank(runtime: FakeRuntime, **fields: object) -> pb.RankResponse:
    return talk(runtime, lambda channel: RankingStub(channel).Rank(pb.RankRequest(**fields)))  # type: ignore[arg-type]


def refused(runtime: FakeRuntime, with_it: Talk) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        talk(runtime, with_it)
    return caught.value.code(), str(caught.value.details())


def test_a_page_is_that_of_http(runtime: FakeRuntime) -> None:
    asked = {"user_id": "watches-smoothies", "candidates": ["blender-04", "商品-猫窝-01🛏"], "request_id": "r"}
    page = rank(runtime, **asked, at=NOW)
    same = runtime.engine.rank(RankRequest(**asked, at=AT))  # type: ignore[arg-type]
    assert page.request_id == "r"
    assert (page.experiment, page.variant) == (same.experiment, same.variant)
    assert page.model_version == same.model_version
    assert list(page.degraded) == same.degraded
    assert len(page.items) == len(same.items) == 2
    for item, other in zip(page.items, same.items, strict=True):
        assert (item.object_id, item.title, item.price) == (other.object_id, other.title, other.price)
        assert (item.score, item.position) == (pytest.approx(other.score), other.position)
        assert list(item.chain) == other.reason.chain
        assert pb.Cause.Name(item.cause) == f"CAUSE_{other.reason.cause.upper()}"
        assert item.text == other.reason.text != ""
        assert [
            (event.object_id, event.title, event.action, event.at.ToDatetime(UTC)) for event in item.events
        ] == [(event.object_id, event.title, event.action, event.at) for event in other.reason.events]


def test_what_is_left_out_has_its_default(runtime: FakeRuntime) -> None:
    page = rank(runtime, user_id="nobody")
    assert len(page.items) == 10
    assert page.request_id
    assert list(page.degraded) == ["unknown_user"]


def test_an_answer_to_words_is_that_of_http(runtime: FakeRuntime) -> None:
    asked = {
        "query": "like Blender 4 but cheaper",
        "user_id": "watches-smoothies",
        "k": 3,
        "earlier": ["under 25 euros"],
        "must": ["color: red"],
        "must_not": ["brand: whirl"],
        "max_price": 24.0,
        "deadline_ms": 5_000,
        "ignore": ["of the kind of Blender 4"],
    }
    message = pb.AskRequest(**asked, at=NOW)  # type: ignore[arg-type]
    answered = talk(runtime, lambda channel: RankingStub(channel).Ask(message))
    same = runtime.engine.ask(AskRequest(**asked, at=AT))  # type: ignore[arg-type]
    as_http = MessageToDict(
        answered, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    expected = same.model_dump(exclude_none=True)
    for fields in (as_http, expected):
        del fields["request_id"]
        fields["stage_ms"] = sorted(fields["stage_ms"])
    for item in as_http["items"]:
        item["score"] = pytest.approx(item["score"])
    assert as_http == expected
    assert len(answered.items) == 3
    assert not answered.understood.price.HasField("low")
    assert not answered.HasField("clarify")


def test_what_is_asked_back_is_in_the_message(runtime: FakeRuntime) -> None:
    message = pb.AskRequest(query="under 5 euros")
    asked = talk(runtime, lambda channel: RankingStub(channel).Ask(message)).clarify
    assert (asked.question, list(asked.options)) == (
        "No product on sale meets the price. What would do instead?",
        ["up to 16"],
    )


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({}, "query: String should have at least 1 character"),
        ({"query": "x" * 501}, "query: String should have at most 500 characters"),
        ({"query": "x", "user_id": ""}, "user_id: String should have at least 1 character"),
        ({"query": "x", "preview_variant": "zz"}, "has no variant 'zz'. Use one of: only."),
    ],
)
def test_a_request_in_words_that_is_not_valid_is_told_why(
    runtime: FakeRuntime, fields: dict[str, Any], what: str
) -> None:
    code, details = refused(runtime, lambda channel: RankingStub(channel).Ask(pb.AskRequest(**fields)))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert what in details


def test_events_are_seen_by_the_next_page(runtime: FakeRuntime) -> None:
    async def both(channel: grpc.aio.Channel) -> tuple[pb.IngestResponse, pb.IngestResponse, pb.RankResponse]:
        stub = RankingStub(channel)
        at = Timestamp()
        at.FromDatetime(datetime.now(UTC) - timedelta(seconds=5))
        event = pb.Event(event_id="e", user_id="u", action="view", object_id="video-smoothie", at=at)
        bought = pb.Event(event_id="f", user_id="u", action="order", object_id="blender-01", at=at)
        taken = await stub.Ingest(pb.IngestRequest(events=[event, bought]))
        again = await stub.Ingest(pb.IngestRequest(events=[event]))
        return taken, again, await stub.Rank(pb.RankRequest(user_id="u"))

    taken, again, page = talk(runtime, both)
    assert (taken.accepted, taken.repeated, list(taken.degraded)) == (2, 0, [])
    assert (again.accepted, again.repeated) == (0, 1)
    assert list(page.degraded) == []


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({}, "user_id: String should have at least 1 character"),
        ({"user_id": "x" * 129}, "user_id: String should have at most 128 characters"),
        ({"user_id": "u", "k": 0}, "k: Input should be greater than or equal to 1"),
        ({"user_id": "u", "candidates": ["p"] * 1001}, "candidates: List should have at most 1000 items"),
        ({"user_id": "u", "candidates": ["p", ""]}, "candidates.1: String should have at least 1 character"),
        ({"user_id": "u", "at": Timestamp(seconds=-1)}, "at: Value error, lies before 1970"),
        ({"user_id": "u", "at": Timestamp(seconds=10**17)}, "at: Input should be a valid datetime"),
        ({"user_id": "u", "preview_variant": "zz"}, "has no variant 'zz'. Use one of: only."),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(runtime: FakeRuntime, fields: dict[str, Any], what: str) -> None:
    code, why = refused(runtime, lambda channel: RankingStub(channel).Rank(pb.RankRequest(**fields)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert what in why


def test_bad_events_are_told_which_and_why(runtime: FakeRuntime) -> None:
    events = [
        pb.Event(event_id="e", user_id="secret-name", action="view", object_id="v"),
        pb.Event(event_id="f", user_id="secret-name", action="stare", object_id="v"),
    ]
    code, why = refused(runtime, lambda channel: RankingStub(channel).Ingest(pb.IngestRequest(events=events)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert why.startswith("events.1.action: Input should be 'view'")
    assert "secret-name" not in why


def raw(channel: grpc.aio.Channel, method: str, data: bytes) -> Awaitable[bytes]:
    call = channel.unary_unary(f"/{SERVICE}/{method}")
    return call(data)


def test_fields_of_another_protocol_are_refused(runtime: FakeRuntime) -> None:
    data = pb.RankRequest(user_id="u").SerializeToString() + b"\x98\x06\x01"  # field 99
    code, why = refused(runtime, lambda channel: raw(channel, "Rank", data))
    assert (code, why) == (grpc.StatusCode.INVALID_ARGUMENT, "RankRequest has no field 99")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.binary(max_size=200), min_size=1, max_size=20), st.sampled_from(["Rank", "Ingest", "Take"])
)
def test_whatever_is_sent_no_call_is_an_internal_error(
    runtime: FakeRuntime, messages: list[bytes], method: str
) -> None:
    async def send(channel: grpc.aio.Channel) -> set[grpc.StatusCode]:
        calls = [channel.unary_unary(f"/{SERVICE}/{method}")(data) for data in messages]
        return {await call.code() for call in calls}

    assert talk(runtime, send) <= {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT}


def test_with_tokens_only_who_has_one_may_ask(runtime: FakeRuntime) -> None:
    runtime.tokens = Tokens([TOKEN, "x" * 20])

    def ask(**metadata: str) -> Talk:
        given = tuple(metadata.items())
        return lambda channel: RankingStub(channel).Rank(pb.RankRequest(user_id="u"), metadata=given)

    assert talk(runtime, ask(authorization=f"Bearer {TOKEN}")).items
    for wrong in ({}, {"authorization": TOKEN}, {"authorization": f"Bearer {TOKEN}x"}):
        code, why = refused(runtime, ask(**wrong))
        assert code is grpc.StatusCode.UNAUTHENTICATED
        assert TOKEN not in why


def test_a_message_that_is_too_long_is_refused(runtime: FakeRuntime) -> None:
    code, _ = refused(runtime, lambda channel: raw(channel, "Rank", b"x" * (MAX_BYTES + 1)))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


class Late:
    """The context of a call that nobody waits for; on a fast machine no real one is late for certain."""

    def __init__(self) -> None:
        self.refused: list[grpc.StatusCode] = []

    def invocation_metadata(self) -> None:
        return None

    def time_remaining(self) -> float:
        return 0.0

    async def abort(self, code: grpc.StatusCode, _: str) -> None:
        self.refused.append(code)


def test_a_deadline_that_has_passed_is_not_worked_for() -> None:
    async def answer(_: object) -> pb.RankResponse:
        pytest.fail("somebody worked for it")

    late = Late()
    handler = _handler("Rank", pb.RankRequest, answer, Tokens([]))
    asyncio.run(handler.unary_unary(pb.RankRequest(user_id="u"), late))
    assert late.refused == [grpc.StatusCode.DEADLINE_EXCEEDED]


def test_a_deadline_that_is_far_away_is_no_hindrance(runtime: FakeRuntime) -> None:
    page = talk(runtime, lambda channel: RankingStub(channel).Rank(pb.RankRequest(user_id="u"), timeout=60))
    assert page.items


def test_a_fault_of_the_service_names_nobody(runtime: FakeRuntime, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "airloom.service")
    runtime.fault = RuntimeError("secret-name")
    code, why = refused(runtime, lambda channel: RankingStub(channel).Rank(pb.RankRequest(user_id="u")))
    assert code is grpc.StatusCode.INTERNAL
    assert "secret-name" not in why + caplog.text
    assert "RuntimeError" in caplog.text


def test_calls_are_counted_by_method_and_code(runtime: FakeRuntime) -> None:
    def counted(code: str) -> float:
        labels = {"method": "Rank", "code": code}
        return REGISTRY.get_sample_value("airloom_rpc_seconds_count", labels) or 0.0

    before = counted("OK"), counted("INVALID_ARGUMENT")
    rank(runtime, user_id="u")
    refused(runtime, lambda channel: RankingStub(channel).Rank(pb.RankRequest()))
    assert (counted("OK"), counted("INVALID_ARGUMENT")) == (before[0] + 1, before[1] + 1)


async def health(channel: grpc.aio.Channel, service: str, *, after: set[int]) -> int:
    """The first health of a service that is not one of `after`."""
    watching = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=service))
    async for answer in watching:
        if answer.status not in after:
            return int(answer.status)
    raise AssertionError("the server ended")


def test_a_pool_that_pings_while_it_pauses_keeps_its_connection(runtime: FakeRuntime) -> None:
    async def rank_pause_rank(channel: grpc.aio.Channel) -> list[str]:
        stub, states = RankingStub(channel), []
        for pause in (0, 5):  # by gRPC's own limits the third ping within 5 minutes ends the connection
            await asyncio.sleep(pause)
            states.append(channel.get_state().name)
            await stub.Rank(pb.RankRequest(user_id="u1", candidates=["bowl"], at=NOW))
        return states

    pings = [
        ("grpc.keepalive_time_ms", 1_200),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    assert talk(runtime, rank_pause_rank, options=pings)[1] == "READY"


@pytest.mark.parametrize("service", ["", SERVICE])
def test_health_is_told(runtime: FakeRuntime, service: str) -> None:
    not_yet, now = health_pb2.HealthCheckResponse.NOT_SERVING, health_pb2.HealthCheckResponse.SERVING
    runtime.ready = Future()

    async def ask(channel: grpc.aio.Channel) -> tuple[int, int]:
        before = await health(channel, service, after=set())
        runtime.ready.set_result(None)
        return before, await asyncio.wait_for(health(channel, service, after={before}), 60)

    assert talk(runtime, ask) == (not_yet, now)


def test_a_server_that_is_never_ready_stops(runtime: FakeRuntime) -> None:
    runtime.ready = Future()
    assert talk(runtime, lambda channel: health(channel, SERVICE, after=set()))
    assert not runtime.ready.cancelled()


def test_while_nothing_serves_pages_are_unavailable_and_events_are_taken(runtime: FakeRuntime) -> None:
    runtime.fault = NotReadyError("There is no snapshot. Build one.")
    code, why = refused(runtime, lambda channel: RankingStub(channel).Rank(pb.RankRequest(user_id="u")))
    assert (code, why) == (grpc.StatusCode.UNAVAILABLE, "There is no snapshot. Build one.")
    event = pb.Event(event_id="e", user_id="u", action="view", object_id="video-smoothie")
    taken = talk(runtime, lambda channel: RankingStub(channel).Ingest(pb.IngestRequest(events=[event])))
    assert taken.accepted == 1


def test_reflection_shows_the_service(runtime: FakeRuntime) -> None:
    async def ask(channel: grpc.aio.Channel) -> list[str]:
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        answers = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))
        return [service.name async for answer in answers for service in answer.list_services_response.service]

    assert SERVICE in talk(runtime, ask)


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "no host:1", "nowhere"])
def test_an_address_that_cannot_be_used_is_named(runtime: FakeRuntime, address: str) -> None:
    async def start() -> None:
        GrpcServer(runtime, address)  # type: ignore[arg-type]

    with pytest.raises(AirloomError, match=f"gRPC cannot listen on {address}"):
        asyncio.run(start())
