"""What the service counts; no label ever holds a user's id, or anything else that a client made up."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

LATENCY_BUCKETS: Final = [0.00025 * 2**step for step in range(16)]
"""Seconds, from 0.25 ms to 8.2 s."""

HTTP_SECONDS = Histogram(
    "airloom_http_seconds",
    "Latency of HTTP requests by route and status code.",
    ["route", "code"],
    buckets=LATENCY_BUCKETS,
)
RPC_SECONDS = Histogram(
    "airloom_rpc_seconds",
    "Latency of gRPC calls by method and code.",
    ["method", "code"],
    buckets=LATENCY_BUCKETS,
)
STAGE_SECONDS = Histogram(
    "airloom_stage_seconds",
    "Latency of a page's stages: user, candidates, ranking, reasons.",
    ["stage"],
    buckets=LATENCY_BUCKETS,
)

ASK_STAGE_SECONDS = Histogram(
    "airloom_ask_stage_seconds",
    "Latency of the stages of an answer in words: parse, resolve, retrieve, rank, explain, word.",
    ["stage"],
    buckets=LATENCY_BUCKETS,
)

ASK_READ = Counter("airloom_ask_read", "Requests in words, by what read them: llm or rules.", ["source"])
ASK_SENTENCES = Counter(
    "airloom_ask_sentences",
    "Sentences of a language model about products: shown, or struck by the rule form, number, name, word or "
    "no_fact.",
    ["outcome"],
)
ASK_TOKENS = Counter(
    "airloom_ask_tokens", "Tokens of the assistant's language model: in or out.", ["direction"]
)
ASK_USD = Counter("airloom_ask_usd", "What the assistant's language model has cost, in US dollars.")

PAGES = Counter(
    "airloom_pages",
    "Pages answered, by variant and by the fallback level that ordered them; rung is its former name.",
    ["variant", "fallback_level", "rung"],
)
DEGRADED = Counter(
    "airloom_degraded", "Pages answered with something missing, by degradation code.", ["what"]
)
EXPOSURES_QUEUED = Gauge(
    "airloom_exposures_queued", "Pages whose exposures wait to be written.", multiprocess_mode="livesum"
)
EXPOSURES_WRITTEN = Counter("airloom_exposures_written", "Exposure rows written to the journal.")
EXPOSURES_DROPPED = Counter(
    "airloom_exposures_dropped", "Exposure rows lost because the journal could not be written for too long."
)
SWAPS = Counter("airloom_swaps", "New models, snapshots and experiments, by what became of them.", ["result"])
CIRCUIT_OPEN = Gauge(
    "airloom_circuit_open",
    "1 while a source of users' events is not asked because it failed.",
    ["source"],
    multiprocess_mode="max",
)
SOURCE_RESTING = Gauge(
    "airloom_source_resting",
    "Former name of airloom_circuit_open.",
    ["source"],
    multiprocess_mode="max",
)
EVENTS_ACCEPTED = Counter("airloom_events_accepted", "Live events that were new and are stored durably.")
EVENTS_REPEATED = Counter("airloom_events_repeated", "Live events that had been ingested before.")
EVENTS_UNWRITTEN = Counter(
    "airloom_events_unwritten",
    "Live events that could not be written; the client was told to send them again.",
)
ERASURES = Counter("airloom_forgotten", "Erasure requests that were recorded.")
