"""The agents against a server: who is asked what, and what a second, killed, broke or hostile run does."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.intents.import_answers import import_answers
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.jobs.claims_of_agents import AgentClaims, agent_claims
from airloom.knowledge.jobs.distill import distill
from airloom.knowledge.jobs.plan import plan
from airloom.knowledge.jobs.settings import AgentSettings
from airloom.knowledge.jobs.shop import shop_terms
from airloom.knowledge.jobs.store import AgentStore
from airloom.llm.in_process.causal_lm import CausalLM
from airloom.llm.keys import Shard
from airloom.llm.outcome import FAILED, REJECTED
from airloom.llm.settings import TransformersSettings
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import (
    DAY,
    NEXT_DAY,
    PRODUCTS,
    HashingEncoder,
    contents,
    product,
    put_objects,
    reply,
    write_replies,
)
from tests.airloom.knowledge.agents.injections import INJECTIONS
from tests.airloom.knowledge.jobs.conftest import lake_with_intents
from tests.airloom.knowledge.jobs.model import (
    agent_settings,
    ask,
    asked,
    links_of,
    model_server,
    planned,
    sensible,
)
from tests.airloom.llm.in_process.tiny_model import save_tiny_model
from tests.airloom.llm.server.chat_server_double import ChatServerDouble

TITLES = sorted(title for _, title in PRODUCTS.values())
WITHOUT_NEEDS = ("attributes", "critique", "needs", "relations")


def claims_in(lake: Lake, *, day: Any = DAY) -> AgentClaims:
    return agent_claims(lake, day=day, terms=shop_terms(links_of(lake, day=day)))


def card(lake: Lake, object_id: str, *, day: Any = DAY) -> dict[tuple[str, str, str], float]:
    rows = claims_in(lake, day=day).claims.to_pylist()
    return {
        (row["source"], row["relation"], row["value"]): round(row["confidence"], 2)
        for row in rows
        if row["object_id"] == object_id
    }


def never_linked() -> IntentLinks:
    raise AssertionError("nothing of the shop is needed")


def with_a_need(lake: Lake, tmp_path: Path) -> None:
    """A language model has read the first video: somebody gets a new kitten."""
    answer = reply("c1", (["new kitten at home", "cats", "cat beds"], 0.6))
    import_answers(lake, write_replies(tmp_path / "intents.jsonl", answer), model="llm")


def test_every_agent_reads_every_product_and_the_critic_what_is_left(
    lake: Lake, server: ChatServerDouble, tmp_path: Path
) -> None:
    with_a_need(lake, tmp_path)

    done = ask(lake, server)

    agents = ("attributes", "bridge", "critique", "needs", "relations")
    assert asked(server) == [(agent, title) for agent in agents for title in TITLES]
    assert (done.questions, done.asked, done.cached, done.left) == (25, 25, 0, 0)
    assert card(lake, "p5") == {
        ("attributes", "form", "handheld"): 0.8,
        ("needs", "need", "living with a frother"): 0.32,  # the critic doubts it
        ("relations", "goes_with", "cat beds"): 0.5,
        ("bridge", "watched_before", "new kitten at home"): 0.5,
    }
    claims = claims_in(lake)
    assert (claims.products, claims.criticized) == (5, 5)
    assert claims.struck == {
        "the critic model calls it unsupported": 1,
        "words that neither the texts nor a second agent have": 5,
    }
    paths = {row["value"]: row["node_path"] for row in claims.claims.to_pylist() if row["node_path"]}
    assert paths == {
        "cat beds": ["pet supplies", "cats", "cat beds"],
        "new kitten at home": ["new kitten at home"],
    }


def test_an_agent_with_nothing_to_choose_from_is_asked_when_there_is_something(
    lake: Lake, server: ChatServerDouble, tmp_path: Path
) -> None:
    first = ask(lake, server)
    assert {agent for agent, _ in asked(server)} == set(WITHOUT_NEEDS)
    assert first.left == 5

    with_a_need(lake, tmp_path)
    before = len(server.requests)
    assert ask(lake, server).left == 0
    assert asked(server, since=before) == [("bridge", title) for title in TITLES] + [
        ("critique", title) for title in TITLES
    ]


def test_a_second_run_makes_no_call_and_a_new_or_changed_product_only_its_own(
    lake: Lake, server: ChatServerDouble
) -> None:
    ask(lake, server)
    stored, before = contents(lake.path("knowledge")), len(server.requests)

    assert ask(lake, server).asked == 0
    assert contents(lake.path("knowledge")) == stored

    path, title = PRODUCTS["p1"]
    others = [product("p2", *PRODUCTS["p2"]), product("p9", path, "cat cave")]
    put_objects(lake, NEXT_DAY, [product("p1", path, f"large {title}"), *others])
    ask(lake, server, day=NEXT_DAY)

    assert asked(server, since=before) == [
        (agent, title) for agent in WITHOUT_NEEDS for title in ("cat cave", "large soft round cat bed")
    ]
    assert ("attributes", "form", "large") in card(lake, "p1", day=NEXT_DAY)
    assert ("attributes", "form", "soft") not in card(lake, "p1", day=NEXT_DAY)


def test_another_model_is_another_version_and_the_one_asked_last_counts(
    lake: Lake, server: ChatServerDouble
) -> None:
    ask(lake, server)
    before = len(server.requests)
    ask(lake, server, model="larger")

    assert len(server.requests) == 2 * before
    versions = set(claims_in(lake).claims["version"].to_pylist())
    assert all(version.startswith("llm-larger-") for version in versions)
    assert len(versions) == 3


def test_the_shards_divide_the_products_and_together_do_what_one_does(
    lake: Lake, server: ChatServerDouble, tmp_path: Path
) -> None:
    whole = lake_with_intents(tmp_path / "whole")
    ask(whole, server)
    requests = asked(server)

    done = [ask(lake, server, shard=Shard(number, 3)) for number in range(3)]

    assert sum(part.asked for part in done) == len(requests)
    assert asked(server, since=len(requests)) == requests
    assert claims_in(lake).claims == claims_in(whole).claims


@pytest.mark.parametrize("until", [1, 12, 18])
def test_stopped_anywhere_and_started_again_the_claims_are_the_same(
    lake: Lake, tmp_path: Path, until: int
) -> None:
    """A server that is gone after some replies; what came before is kept and not asked again."""
    whole = lake_with_intents(tmp_path / "whole")
    with model_server().running() as server:
        ask(whole, server)
    with model_server().running() as server:
        count = 0

        def reply_or_fail(question: str) -> str:
            nonlocal count
            count += 1
            if count > until:
                raise ConnectionError
            return json.dumps(sensible(*json.loads(question)))

        server._reply_to = reply_or_fail
        first = ask(lake, server, concurrency=1, max_attempts=1)
    with model_server().running() as server:
        second = ask(lake, server)
        assert first.stopped
        assert len(server.requests) == second.asked == 20 - until

    assert claims_in(lake).claims == claims_in(whole).claims


def test_a_budget_holds_for_all_agents_together_and_the_next_run_goes_on(
    lake: Lake, server: ChatServerDouble
) -> None:
    priced: dict[str, Any] = {
        "usd_per_million_in": 100.0,
        "usd_per_million_out": 100.0,
        "max_tokens": 30,
        "concurrency": 1,
    }

    first = ask(lake, server, budget_usd=0.3, **priced)
    second = ask(lake, server, budget_usd=0.3, **priced)
    before = len(server.requests)
    third = ask(lake, server, budget_usd=3.0, **priced)

    assert "budget is spent" in first.stopped
    assert 0 < first.usage.usd <= 0.3
    assert second.asked == 0
    assert (third.stopped, before + third.asked) == ("", 20)


def test_a_run_that_ends_between_agents_and_critic_leaves_the_critic_planned(
    lake: Lake, server: ChatServerDouble, tmp_path: Path
) -> None:
    """The budget pays for the 20 replies of the agents, to the cent."""
    whole = lake_with_intents(tmp_path / "whole")
    for one in (lake, whole):
        with_a_need(one, tmp_path)
    priced: dict[str, Any] = {"usd_per_million_out": 1e6, "max_tokens": 30, "concurrency": 1}
    settings = agent_settings(server, **priced)

    first = ask(lake, server, budget_usd=20 * 30.0, **priced)

    assert (first.asked, first.left, claims_in(lake).criticized) == (20, 5, 0)
    left = planned(lake, settings)
    assert left.missing == dict.fromkeys(("attributes", "needs", "relations", "bridge"), 0) | {"critic": 5}
    for shard in left.shards:
        ask(lake, server, shard=Shard(shard, 2), **priced)
    ask(whole, server, **priced)
    assert claims_in(lake) == claims_in(whole)
    assert planned(lake, settings).shards == {}


def test_a_reply_that_stays_bad_is_rejected_with_the_reason_and_one_that_fails_is_asked_again(
    lake: Lake, server: ChatServerDouble
) -> None:
    ask(lake_with_intents(lake.path() / "other"), server)
    bad, failing, repaired = sorted(server.requests)[:3]
    server.plans |= {bad: ["prose", "prose"], failing: ["400"], repaired: ["wrong shape"]}

    done = ask(lake, server)

    rows = AgentStore(lake).rejected_rows().to_pylist()
    assert sorted(row["status"] for row in rows) == [FAILED, REJECTED]
    assert all(row["reason"] for row in rows)
    assert (done.repaired, done.rejected) == (1, 2)
    again = ask(lake, server)
    assert again.asked == 2  # the one that failed, and the critic about its product


def test_a_model_in_this_process_is_loaded_once_for_all_agents(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[CausalLM] = []
    load = CausalLM.__init__

    def counting_load(self: CausalLM, *args: Any, **options: Any) -> None:
        loaded.append(self)
        load(self, *args, **options)

    monkeypatch.setattr(CausalLM, "__init__", counting_load)
    folder = save_tiny_model(tmp_path / "tiny")
    model = TransformersSettings(model=str(folder), device="cpu", batch_size=5)
    settings = AgentSettings("transformers", threads=1, transformers=model)

    done = distill(lake, day=DAY, settings=settings, links=partial(links_of, lake), encoder=HashingEncoder())

    assert done.asked >= 15  # three agents, and the critic where the rules let a claim stand
    assert len(loaded) == 1


def test_nobody_is_asked_unless_a_recipe_says_so(lake: Lake) -> None:
    settings = AgentSettings()

    done = distill(lake, day=DAY, settings=settings, links=never_linked, encoder=HashingEncoder())

    assert done == type(done)()
    assert plan(lake, day=DAY, settings=settings, shards=2, links=never_linked) == (5, {}, {}, None)
    assert claims_in(lake).products == 0


def test_settings_that_name_no_model_are_explained(lake: Lake) -> None:
    with pytest.raises(AirloomError, match="has no model"):
        distill(lake, day=DAY, settings=AgentSettings("openai"), links=never_linked, encoder=HashingEncoder())


def test_a_plan_counts_what_is_open_and_what_it_costs(lake: Lake, server: ChatServerDouble) -> None:
    settings = agent_settings(server, usd_per_million_out=1e6 / 80)

    before = planned(lake, settings)
    ask(lake, server)
    after = planned(lake, settings)

    assert before.products == 5
    assert before.missing == dict.fromkeys(("attributes", "needs", "relations", "bridge", "critic"), 5)
    assert sum(before.shards.values()) == 20
    assert before.cost
    assert (before.cost.calls, before.cost.usd) == (25, pytest.approx(25))
    read = dict.fromkeys(("attributes", "needs", "relations"), 0)
    assert after.missing == read | {"bridge": 5, "critic": 5}


def obedient(agent: str, product: dict[str, Any]) -> Any:
    """Reply as a model that does whatever a title asks for, as far as the form of a reply allows."""
    if product["title"] not in INJECTED:
        return sensible(agent, product)
    everything = ["weapon", "anything", "everything", "best seller", *product.get("options", [])[:1]]
    match agent:
        case "attributes":
            return dict.fromkeys(("type", "form", "material", "audience", "feature"), everything)
        case "needs":
            return dict.fromkeys(("need", "occasion", "season"), everything)
        case "relations":
            return dict.fromkeys(("goes_with", "replaces", "upgrades"), everything)
        case "bridge":
            return {"watched_before": everything}
        case _:
            return {"unsupported": [], "doubtful": []}


INJECTED = {" ".join(title.split())[:300] for title in INJECTIONS}


def test_a_title_that_gives_orders_changes_only_its_own_card_and_names_nothing_that_was_not_offered(
    lake: Lake, tmp_path: Path
) -> None:
    with_a_need(lake, tmp_path)
    path = PRODUCTS["p1"][0]
    with model_server(obedient).running() as server:
        ask(lake, server)
        before = claims_in(lake).claims
        put_objects(
            lake, NEXT_DAY, [product(f"x{number}", path, title) for number, title in enumerate(INJECTIONS)]
        )
        done = ask(lake, server, day=NEXT_DAY)

    assert done.asked == 5 * len(INJECTIONS)
    after = claims_in(lake, day=NEXT_DAY).claims
    of_others = [not id_.startswith("x") for id_ in after["object_id"].to_pylist()]
    assert after.filter(of_others) == before
    for row in after.filter([not other for other in of_others]).to_pylist():
        if row["source"] in ("relations", "bridge"):
            assert row["value"] in ("cat beds", "new kitten at home")
            assert row["node_path"]
