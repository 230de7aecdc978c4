from __future__ import annotations

import httpx
import pytest

from benchmarks.stages import between, seen

METRICS = """# TYPE airloom_http_seconds histogram
airloom_http_seconds_sum{code="200",route="/v1/rank"} 0.5
airloom_http_seconds_count{code="200",route="/v1/rank"} 100
airloom_http_seconds_sum{code="400",route="/v1/rank"} 0.1
airloom_http_seconds_count{code="400",route="/v1/rank"} 20
airloom_http_seconds_sum{code="200",route="/livez"} 9
airloom_http_seconds_count{code="200",route="/livez"} 9
# TYPE airloom_rpc_seconds histogram
airloom_rpc_seconds_sum{code="OK",method="Rank"} 7
airloom_rpc_seconds_count{code="OK",method="Rank"} 70
# TYPE airloom_stage_seconds histogram
airloom_stage_seconds_bucket{le="+Inf",stage="ranking"} 100
airloom_stage_seconds_sum{stage="ranking"} 0.3
airloom_stage_seconds_count{stage="ranking"} 100
# TYPE airloom_pages counter
airloom_pages_total{rung="ranker",variant="air"} 100
"""


@pytest.mark.parametrize(("protocol", "page"), [("http", (0.6, 120)), ("grpc", (7.0, 70))])
def test_it_reads_stages_and_the_pages_of_one_protocol(
    monkeypatch: pytest.MonkeyPatch, protocol: str, page: tuple[float, float]
) -> None:
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200, text=METRICS))
    assert seen("http://somewhere", protocol) == {"ranking": (0.3, 100), "page": pytest.approx(page)}


def test_what_no_stage_took_is_the_frame() -> None:
    before = {"ranking": (1.0, 10.0), "page": (2.0, 10.0)}
    after = {"ranking": (1.2, 110.0), "reasons": (0.1, 100.0), "page": (2.5, 110.0)}
    assert between(before, after) == pytest.approx({"ranking": 2.0, "reasons": 1.0, "frame": 2.0})
    assert between(after, after) == {"frame": 0.0}
