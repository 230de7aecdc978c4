"""The real service as a process of its own, over HTTP, on a real feature store, registry and lake."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import grpc
import httpx
import mlflow
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from airloom.errors import AirloomError
from airloom.experiments.assignment import assign
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from airloom.ranking.air import AirRanker
from airloom.ranking.snapshot import Snapshot
from components.forget_users.forget import forget
from model_service.client import Client, Event
from model_service.grpc import airloom_pb2 as pb
from model_service.grpc.airloom_pb2_grpc import RankingStub
from model_service.outbox.exposure_log import COLLECT_SECONDS
from tests.airloom.ranking.small_shop import untrained
from tests.model_service.calls import AT, rank, send, start
from tests.model_service.conftest import ServiceProcess, Shop, started, wait_for
from tests.model_service.shop import EXPERIMENT, NOON
from tests.offline_browser import OfflineBrowser
from tests.traces import traces

BLENDER_CHAIN = ["kitchen", "small kitchen appliances", "smoothie blender"]


def test_a_page_has_products_with_reasons(service: ServiceProcess, snapshot: Snapshot) -> None:
    page = rank(service, preview_variant="item_cf", k=2)
    assert page["experiment"] == "three-ways"
    assert (page["variant"], page["model_version"], page["degraded"]) == ("item_cf", "item-cf", [])
    assert page["snapshot_digest"]
    first = page["items"][0]
    assert first["score"] > page["items"][1]["score"]
    assert {**first, "score": 0} == {
        "object_id": "blender-03",
        "title": "Blender 3",
        "price": 23.0,
        "score": 0,
        "position": 1,
        "reason": {
            "chain": [],
            "events": [
                {
                    "object_id": "video-smoothie",
                    "title": "Three green smoothies",
                    "action": action,
                    "at": at,
                }
                for action, at in [("like", "2026-03-01T11:00:00Z"), ("view", "2026-03-01T10:00:00Z")]
            ],
            "cause": "bought_together",
            "text": "chosen by people who saw Three green smoothies",
        },
    }


def test_the_registered_model_gives_its_reasons(service: ServiceProcess, ranker: AirRanker) -> None:
    page = rank(service, preview_variant="air", candidates=["blender-01", "blender-02"])
    assert (page["model_version"], page["degraded"]) == (ranker.version, [])
    assert [item["position"] for item in page["items"]] == [1, 2]
    reason = page["items"][0]["reason"]
    assert reason["cause"] != "unexplained"
    assert bool(reason["chain"]) is (reason["cause"] == "intents")  # whether they are, the training decides
    assert set(reason["chain"]) <= {"green smoothies at home", *BLENDER_CHAIN}
    assert {event["object_id"] for event in reason["events"]} <= {"video-smoothie"}


@pytest.mark.parametrize("user", ["u-1", "用户-🐈", "a b\tc", "x" * 128])
def test_users_of_any_script_get_their_variant(service: ServiceProcess, user: str) -> None:
    assert rank(service, user)["variant"] == assign(EXPERIMENT, user).name


def test_products_of_any_script_can_be_candidates(service: ServiceProcess) -> None:
    page = rank(service, "用户-🐈", candidates=["商品-猫窝-07🛏"])
    assert [item["object_id"] for item in page["items"]] == ["商品-猫窝-07🛏"]


def test_a_request_id_is_new_every_time(service: ServiceProcess) -> None:
    pages = [rank(service) for _ in range(20)]
    assert len({page["request_id"] for page in pages}) == 20
    assert all(re.fullmatch(r"[0-9a-f-]{36}", page["request_id"]) for page in pages)


def test_unknown_users_and_candidates_are_served_and_named(service: ServiceProcess) -> None:
    page = rank(service, "nobody", candidates=["ghost", "blender-old", "blender-01"])
    assert [item["object_id"] for item in page["items"]] == ["blender-01"]
    assert page["degraded"] == ["unknown_user", "unknown_candidates:1", "unavailable_candidates:1"]


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        ({}, ["user_id"], "Field required"),
        ({"user_id": ""}, ["user_id"], "at least 1 character"),
        ({"user_id": "x" * 129}, ["user_id"], "at most 128 characters"),
        ({"user_id": 7}, ["user_id"], "valid string"),
        ({"user_id": "u", "colour": 1}, ["colour"], "Extra inputs are not permitted"),
        ({"user_id": "u", "k": 0}, ["k"], "greater than or equal to 1"),
        ({"user_id": "u", "k": 101}, ["k"], "less than or equal to 100"),
        ({"user_id": "u", "k": "5"}, ["k"], "valid integer"),
        ({"user_id": "u", "candidates": ["p"] * 1001}, ["candidates"], "at most 1000 items"),
        ({"user_id": "u", "candidates": ["p", ""]}, ["candidates", 1], "at least 1 character"),
        ({"user_id": "u", "candidates": "p"}, ["candidates"], "valid array"),
        ({"user_id": "u", "at": "2026-03-01T12:00:00"}, ["at"], "timezone"),
        ({"user_id": "u", "at": "yesterday"}, ["at"], "valid datetime"),
        ({"user_id": "u", "at": "1969-12-31T00:00:00Z"}, ["at"], "lies before 1970"),
        ({"user_id": "u", "preview_variant": "x"}, ["preview_variant"], "Use one of: popular, item_cf, air"),
        ([], [], "should be an object"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(
    service: ServiceProcess, body: object, where: list[object], message: str
) -> None:
    response = service.client.post("/v1/rank", json=body)
    assert response.status_code == httpx.codes.BAD_REQUEST
    [fault] = response.json()["detail"]
    assert fault["loc"] == where
    assert message in fault["msg"]


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"", b'{"user_id": "\\ud800"}', b'{"user_id": "u", "k": NaN}']
)
def test_what_is_not_json_is_refused(service: ServiceProcess, content: bytes) -> None:
    response = service.client.post("/v1/rank", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == httpx.codes.BAD_REQUEST
    assert response.json()["detail"]


def test_a_pickle_is_refused(service: ServiceProcess) -> None:
    headers = {"Content-Type": "application/vnd.bentoml+pickle"}
    response = service.client.post("/v1/rank", content=b"\x80\x04N.", headers=headers)
    assert response.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE


def test_the_client_speaks_with_it(service: ServiceProcess) -> None:
    with Client(service.url, timeout=30) as client:
        page = client.rank(user_id="用户-🐈", k=3, preview_variant="air")
        assert len(page.items) == 3
        event = Event(event_id="c", user_id="用户-🐈", action="click", object_id=page.items[0].object_id)
        assert client.ingest([event]).accepted == 1
        answered = client.ask("like Blender 4 but cheaper", user_id="用户-🐈", k=3)
        assert len(answered.items) == 3
        assert max(item.price or 0.0 for item in answered.items) < 24.0  # what Blender 4 costs
        assert client.explain(user_id="用户-🐈", object_id=page.items[0].object_id, variant="air").tree
        assert client.ready()["experiment"] == "three-ways"
        with pytest.raises(AirloomError, match="answers 400: preview_variant: Experiment three-ways has no"):
            client.rank(user_id="u", preview_variant="zz")


def test_grpc_gives_the_same_page(service: ServiceProcess) -> None:
    asked: dict[str, Any] = {
        "user_id": "watches-smoothies",
        "preview_variant": "air",
        "request_id": "r",
        "k": 5,
    }
    page = rank(service, **asked)
    with grpc.insecure_channel(service.grpc) as channel:
        same = RankingStub(channel).Rank(pb.RankRequest(**asked, at=Timestamp(seconds=NOON)), timeout=30)
    assert [item.object_id for item in same.items] == [item["object_id"] for item in page["items"]]
    assert [list(item.chain) for item in same.items] == [item["reason"]["chain"] for item in page["items"]]
    assert same.model_version == page["model_version"]


def test_health_and_readiness(service: ServiceProcess) -> None:
    assert service.client.get("/livez").status_code == httpx.codes.OK
    ready = service.client.get("/readyz")
    assert ready.status_code == httpx.codes.OK
    answer = ready.json()
    assert answer["ready"] is True
    assert answer["experiment"] == "three-ways"
    assert answer["rankers"]["popular"] == "popularity"
    assert answer["refused"] is None
    assert service.client.head("/readyz").status_code == httpx.codes.OK


def test_metrics_count_pages_by_variant_and_fallback_level_and_name_no_user(service: ServiceProcess) -> None:
    def pages() -> float:
        answer = re.search(
            r'airloom_pages_total{fallback_level="ranker",rung="ranker",variant="item_cf"} (\S+)', metrics()
        )
        return float(answer[1]) if answer else 0.0

    def metrics() -> str:
        return service.client.get("/metrics").text

    before = pages()
    rank(service, preview_variant="item_cf")
    assert pages() == before + 1
    rank(service, "a-name-to-hide")
    text = metrics()
    assert 'airloom_degraded_total{what="unknown_user"}' in text
    assert re.search(r'airloom_http_seconds_bucket{.*le="0.00025".*route="/v1/rank"', text)
    for stage in ("user", "candidates", "ranking", "reasons"):
        answer = re.search(rf'airloom_stage_seconds_count{{stage="{stage}"}} (\S+)', text)
        assert answer
        assert float(answer[1]) > 0
    assert "airloom_exposures_queued" in text
    assert "a-name-to-hide" not in text


def test_the_openapi_document_describes_the_request(service: ServiceProcess) -> None:
    document = service.client.get("/docs.json").json()
    assert "/v1/rank" in document["paths"]
    schemas = document["components"]["schemas"]
    request = next(schema for name, schema in schemas.items() if name.startswith("RankRequest"))
    assert request["additionalProperties"] is False
    assert request["example"]["user_id"]
    assert all(field["description"] for field in request["properties"].values())


def test_the_first_page_names_the_routes_and_loads_nothing_from_elsewhere(service: ServiceProcess) -> None:
    page = service.client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/v1/rank" in page.text
    assert 'href="/docs.json"' in page.text
    assert not re.search(r"<script[^>]* src=|https?://", page.text)


def test_the_pages_for_people_are_whole_without_a_network(
    service: ServiceProcess, browser: OfflineBrowser
) -> None:
    first = browser.open(f"{service.url}/")
    assert first.wrong == []
    assert {"/docs.json", "/readyz"} <= set(first.links)
    document = browser.open(f"{service.url}/docs.json")
    assert {urlsplit(address).hostname for address in document.requests} <= {"127.0.0.1"}  # an icon
    assert '"/v1/rank"' in document.text


def test_a_score_can_be_explained(service: ServiceProcess) -> None:
    asked = {"user_id": "watches-smoothies", "object_id": "blender-03", "variant": "air", "at": AT}
    answer = service.client.post("/v1/explain", json=asked).json()
    assert BLENDER_CHAIN in [node["walk"] for node in answer["tree"]]
    assert answer["features"]["content_events"] > 0
    for wrong, where in (({"object_id": "ghost"}, "object_id"), ({"variant": "zz"}, "variant")):
        response = service.client.post("/v1/explain", json=asked | wrong)
        assert response.status_code == httpx.codes.BAD_REQUEST
        assert response.json()["detail"][0]["loc"] == [where]


def test_the_next_page_sees_an_event_and_a_repeated_one_changes_nothing(service: ServiceProcess) -> None:
    user, asked = "acts-now", {"preview_variant": "item_cf", "at": None, "k": 2}
    assert rank(service, user, **asked)["degraded"] == ["unknown_user"]
    event = {"event_id": "live-1", "user_id": user, "action": "like", "object_id": "video-smoothie"}
    assert send(service, event) == {"accepted": 1, "repeated": 0, "degraded": []}
    page = rank(service, user, **asked)
    assert page["degraded"] == []
    assert [item["object_id"] for item in page["items"]] == ["blender-03", "blender-01"]
    assert send(service, event, event) == {"accepted": 0, "repeated": 2, "degraded": []}
    again = rank(service, user, **asked)
    assert [event["at"] for event in again["items"][0]["reason"]["events"]] == [
        event["at"] for event in page["items"][0]["reason"]["events"]
    ]


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        ({"events": []}, ["events"], "at least 1 item"),
        ({"events": [{"event_id": "e"}]}, ["events", 0, "user_id"], "Field required"),
        ({"events": [{}] * 501}, ["events"], "at most 500 items"),
        ({"event": {}}, ["events"], "Field required"),
    ],
)
def test_bad_events_are_told_what_is_wrong(
    service: ServiceProcess, body: object, where: list[object], message: str
) -> None:
    response = service.client.post("/v1/events", json=body)
    assert response.status_code == httpx.codes.BAD_REQUEST
    faults = response.json()["detail"]
    assert any(fault["loc"] == where and message in fault["msg"] for fault in faults)


def test_a_user_who_is_deleted_leaves_no_trace(service: ServiceProcess, shop: Shop) -> None:
    user = "who/wants to\ngo 好"
    event = {"event_id": "gone-1", "user_id": user, "action": "like", "object_id": "video-smoothie"}
    send(service, event)
    assert rank(service, user, at=None)["degraded"] == []
    time.sleep(2 * COLLECT_SECONDS)  # the exposure of that page is in the journal

    answer = service.client.delete("/v1/users/" + quote(user, safe=""))

    assert (answer.status_code, answer.json()["degraded"]) == (httpx.codes.OK, [])
    assert rank(service, user, at=None)["degraded"] == ["unknown_user"]
    assert send(service, event) == {"accepted": 1, "repeated": 0, "degraded": []}  # a life of its own
    time.sleep(2 * COLLECT_SECONDS)
    with Client(service.url) as client:
        assert client.forget(user_id=user).degraded == []
    digest = ErasureRequests(Lake(shop.lake)).digest(user)
    assert [done.user_digest for done in forget(Lake(shop.lake), config=None)].count(digest) == 2
    assert traces(shop.lake, user) == []
    assert traces(shop.lake, json.dumps(user)) == []
    assert user not in service.log.read_text(encoding="utf-8")
    assert user not in service.client.get("/metrics").text


def move_alias(shop: Shop, version: str) -> None:
    client = mlflow.MlflowClient(tracking_uri=shop.registry, registry_uri=shop.registry)
    client.set_registered_model_alias("airloom-ranker", "champion", version)


def register(shop: Shop, folder: Path) -> str:
    client = mlflow.MlflowClient(tracking_uri=shop.registry, registry_uri=shop.registry)
    return str(client.create_model_version("airloom-ranker", source=str(folder)).version)


def test_a_moved_alias_is_served_under_load_and_a_broken_model_is_not(
    service: ServiceProcess,
    shop: Shop,
    snapshot: Snapshot,
    ranker: AirRanker,
    tmp_path: Path,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    def serving() -> Any:
        return service.client.get("/readyz").json()

    def log_lines() -> list[str]:
        return service.log.read_text(encoding="utf-8").splitlines()

    before = len(log_lines())
    other = untrained(snapshot, seed=2)
    other.save(tmp_path / "good" / "artifacts" / "ranker")
    (tmp_path / "bad" / "artifacts" / "ranker").mkdir(parents=True)
    (tmp_path / "bad" / "artifacts" / "ranker" / "config.json").write_text("{}", encoding="utf-8")
    good, bad = register(shop, tmp_path / "good"), register(shop, tmp_path / "bad")
    stop, versions, asked = threading.Event(), Counter[str](), {"preview_variant": "air"}

    def ask() -> None:
        with httpx.Client(base_url=service.url, timeout=30) as client:
            while not stop.is_set():
                page = client.post("/v1/rank", json={"user_id": "watches-smoothies", "at": AT} | asked)
                assert page.status_code == httpx.codes.OK
                assert page.json()["degraded"] == []
                versions[page.json()["model_version"]] += 1

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        move_alias(shop, good)
        eventually(lambda: serving()["rankers"]["air"] == other.version)
        assert rank(service, **asked)["model_version"] == other.version
        move_alias(shop, bad)
        eventually(lambda: serving()["refused"] is not None)
        assert "is not a stored ranker" in serving()["refused"]["why"]
        assert rank(service, **asked)["model_version"] == other.version
        move_alias(shop, "1")
        eventually(lambda: serving()["rankers"]["air"] == ranker.version)
        assert serving()["refused"] is None
        stop.set()
        for future in asking:
            future.result()
    assert set(versions) == {ranker.version, other.version}
    words = [line.split(": ", 1)[1].split()[0] for line in log_lines()[before:]]
    assert words == ["Now", "What", "Now"]


def test_a_busy_port_is_one_sentence(shop: Shop) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = start("--lake", str(shop.lake), "--mlflow-uri", shop.registry, "--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr == (
        f"Port {port} of 127.0.0.1 cannot be used (Address already in use). "
        "Stop the other process or choose another port with --port.\n"
    )


def test_a_missing_alias_is_waited_for_in_one_sentence(shop: Shop, tmp_path: Path) -> None:
    experiment = tmp_path / "e.yaml"
    experiment.write_text(
        "{name: e, salt: s, control: a, "
        "variants: [{name: a, share: 1, ranker: 'models:/airloom-ranker@next'}]}",
        encoding="utf-8",
    )
    with started(shop._replace(experiment=experiment), tmp_path) as waits:
        wait_for(waits, lambda: waits.log.stat().st_size > 0)
        assert re.fullmatch(
            r"[^\n]*airloom-ranker with the alias next[^\n]*run training\. Looking again every 5 s\.\n",
            waits.log.read_text(encoding="utf-8"),
        )


def test_a_client_that_sends_no_more_is_answered_and_what_is_no_http_is_refused(
    service: ServiceProcess,
) -> None:
    """As `test_connection.py` says in full: the service has these connections."""
    body = b'{"user_id": "watches-smoothies", "k": 1}'
    head = (
        b"POST /v1/rank HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    )
    for sent, status, key in (
        ((head % len(body)) + body, 200, b"items"),
        (b"NONSENSE\r\n\r\n", 400, b"error"),
    ):
        with socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2])), 30) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b'{"' in answer
        assert key in answer


def test_a_pool_that_pauses_asks_again_over_its_connection(service: ServiceProcess) -> None:
    keeps = httpx.Limits(keepalive_expiry=60)
    connections = []
    with httpx.Client(base_url=service.url, limits=keeps) as pool:
        for pause in (0, 6):  # uvicorn alone closes after 5
            time.sleep(pause)
            answer = pool.get("/livez")
            connections.append(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert connections[0] == connections[1]


def test_a_body_may_be_compressed(service: ServiceProcess) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    body = gzip.compress(b'{"user_id": "watches-smoothies", "k": 1}')
    assert len(service.client.post("/v1/rank", content=body, headers=headers).json()["items"]) == 1
