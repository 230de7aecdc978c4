from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from airloom.assistant.examples import ExampleRequest
from airloom.ranking.snapshot import Snapshot
from model_service.api.ask import AskRequest
from model_service.engine.engine import Engine
from model_service.http import ask_page
from model_service.http.application import create_application
from model_service.release.reloader import NotReadyError
from tests.airloom.assistant.injections import INJECTIONS
from tests.model_service.engine.small_engine import make_engine
from tests.model_service.http.requests import make_runtime, request
from tests.model_service.shop import with_attributes
from tests.offline_browser import OfflineBrowser

TOKEN = "a-token-of-some-length"
ON = SimpleNamespace(ask_page=True, log_requests=False)


@pytest.fixture(scope="module")
def engine(snapshot: Snapshot) -> Engine:
    return make_engine(with_attributes(snapshot))


def runtime_of(engine: Engine, tokens: tuple[str, ...] = ()) -> SimpleNamespace:
    reloader = SimpleNamespace(engine=engine)
    return make_runtime(tokens=list(tokens), settings=ON, reloader=reloader, ask=engine.ask, asks_model=False)


@pytest.fixture(scope="module", params=[(), (TOKEN,)], ids=["open", "with tokens"])
def url(engine: Engine, request: pytest.FixtureRequest) -> Iterator[str]:
    """The application itself behind a real port."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> Any:
        application.state.runtime = runtime_of(engine, request.param)
        yield

    config = uvicorn.Config(create_application(lifespan), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/ask" + ("#token" if request.param else "")
    server.should_exit = True
    thread.join()


def asking(query: str) -> str:
    """A step: type a request, and the token where one is needed, and wait for the answer."""
    return f"""
      if (location.hash) document.getElementById("token").value = {json.dumps(TOKEN)};
      document.getElementById("query").value = {json.dumps(query)};
      document.getElementById("form").requestSubmit();
      {ANSWERED}
    """


def clicking(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)}).click(); {ANSWERED}"


ANSWERED = "await until(() => document.getElementById('answer').ariaBusy === 'false');"
ANSWERED_THERE = "await until(() => location.protocol === 'http:' && document.querySelector('#answer h2'));"
CHIPS = "#understood button[aria-label]"


def test_a_request_and_what_refines_it(url: str, browser: OfflineBrowser) -> None:
    asked = [asking("smoothie blenders under 30 euros, type 0"), asking("only in red, and quiet")]
    trace = "document.querySelector('details').open = true;"
    opened = browser.open(url, steps=[*asked, trace])
    assert (opened.complaints, opened.faults, opened.phone_overflow) == ([], [], 0)
    assert {address.partition("127.0.0.1:")[2].partition("/")[2] for address in opened.requests} <= {
        "v1/ask",
        "ask",
    }
    for line in (
        "You asked: smoothie blenders under 30 euros, type 0 → only in red, and quiet",
        "up to 30 EUR",
        "if possible: 0",
        "The catalogue has no word for this, so it was not looked at: quiet.",
        "category: smoothie blender",
        "color: red",
        "says the shop",
        "Rules read the request, no language model.",
        "Required: “red”, in the catalogue color: red.",
    ):
        assert line in opened.text


def test_a_chip_takes_back_what_was_not_meant(url: str, browser: OfflineBrowser) -> None:
    asked = asking("smoothie blenders under 30 euros, quiet, in red")
    opened = browser.open(url, steps=[asked, clicking(f"{CHIPS[:-1]}='Leave out: red']")])
    assert "color: red" not in opened.text
    assert "up to 30 EUR" in opened.text
    opened = browser.open(url, steps=[asked, clicking(f"{CHIPS[:-1]}='Leave out: up to 30 EUR']")])
    assert "up to 30 EUR" not in opened.text
    assert "color: red" in opened.text


def test_what_was_taken_back_counts_again_once_it_is_said_again(url: str, browser: OfflineBrowser) -> None:
    back = [clicking(f"{CHIPS[:-1]}='Leave out: {chip}']") for chip in ("red", "up to 30 EUR")]
    asked = [asking("smoothie blenders under 30 euros, in red"), *back]
    assert "color: red" not in browser.open(url, steps=[*asked, asking("quiet")]).text
    opened = browser.open(url, steps=[*asked, asking("in red, under 28 euros")])
    assert "color: red" in opened.text
    assert "up to 28 EUR" in opened.text


def test_what_the_catalogue_does_not_confirm_is_told(url: str, browser: OfflineBrowser) -> None:
    opened = browser.open(url, steps=[asking("“Blender 0” by whirl, in red, under 5 euros")])
    assert "The catalogue does not confirm “Blender 0: brand whirl”: it names no brand of it." in opened.text
    assert "The products below may not meet: the price." in opened.text


def test_an_answer_to_what_is_asked_back_is_the_next_request(url: str, browser: OfflineBrowser) -> None:
    asked = asking("smoothie blenders in red, under 5 euros")
    question = "No product on sale meets the price together with"
    assert question in browser.open(url, steps=[asked]).text
    opened = browser.open(url, steps=[asked, clicking(".option")])
    assert "You asked: smoothie blenders in red, under 5 euros → up to 20" in opened.text
    assert question not in opened.text
    assert opened.complaints == []


def test_to_start_over_shows_the_examples_again(url: str, browser: OfflineBrowser) -> None:
    asked = asking("red")
    assert "under" not in browser.open(url, steps=[asked]).text.partition("Understood")[0]
    opened = browser.open(url, steps=[asked, "document.getElementById('over').click();"])
    assert "Understood" not in opened.text
    assert ("under" in opened.text) == ("#" not in url)  # examples would show the catalogue to everybody


def test_what_somebody_types_is_never_markup(url: str, browser: OfflineBrowser) -> None:
    markup = "not <img src=x onerror=alert(1)> a “red” blender"
    opened = browser.open(url, steps=[asking(markup), asking(markup)])
    assert f"You asked: {markup} → {markup}" in opened.text
    assert opened.complaints == []
    assert not [address for address in opened.requests if address.endswith("/x")]


def test_a_corpus_of_injections_is_shown_as_it_was_typed(url: str, browser: OfflineBrowser) -> None:
    typed = [text for kind, text in INJECTIONS if kind in ("markup", "json", "sql")]
    for texts in (typed[:8], typed[8:]):  # a conversation has nine requests
        opened = browser.open(url, steps=[asking(text) for text in texts])
        assert opened.complaints == []
        assert " ".join(f"You asked: {' → '.join(texts)}".split()) in " ".join(opened.text.split())
        assert {address.rpartition("/")[2] for address in opened.requests} <= {"ask"}


def test_the_page_writes_texts_and_never_markup() -> None:
    script = (Path(ask_page.__file__).with_name("ask_page.html")).read_text(encoding="utf-8")
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "| safe",
        "srcdoc",
    ):
        assert way not in script


def test_a_token_is_asked_for_where_one_is_needed(url: str, browser: OfflineBrowser) -> None:
    submit = "document.getElementById('form').requestSubmit();"
    step = f"document.getElementById('query').value = 'red'; {submit} {ANSWERED}"
    opened = browser.open(url, steps=[step])
    assert ("Send a token that the service knows" in opened.text) == ("#" in url)
    # the request stays in the box, and is not a part of the conversation
    again = browser.open(url, steps=[step, asking("red")])
    assert "Understood" in again.text
    assert ("You asked" in again.text) == ("#" not in url)


@pytest.mark.parametrize("url", [()], indirect=True, ids=["open"])
def test_an_example_is_a_click_away(url: str, browser: OfflineBrowser) -> None:
    opened = browser.open(url, steps=[clicking(".example")])
    assert "Understood" in opened.text
    assert "Products" in opened.text


def test_it_is_there_only_if_it_is_switched_on(engine: Engine) -> None:
    assert request("GET", "/ask").status_code == 404
    response = request("GET", "/ask", runtime=runtime_of(engine))
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "under" in response.text
    assert "Ask the shop in words" in request("GET", "/", runtime=runtime_of(engine)).text
    assert "Ask the shop in words" not in request("GET", "/").text


def test_it_says_what_becomes_of_the_words(engine: Engine) -> None:
    def text(*, log_requests: bool = False, asks_model: bool = False) -> str:
        runtime = runtime_of(engine)
        runtime.settings = SimpleNamespace(**(vars(ON) | {"log_requests": log_requests}))
        runtime.asks_model = asks_model
        return " ".join(request("GET", "/ask", runtime=runtime).text.split())

    assert "The service does not keep your words. With a user id" in text()
    assert "The service writes your words into its log. With" in text(log_requests=True)
    assert "your words, and sends them to its language model. With" in text(asks_model=True)


NOWHERE = "http://127.0.0.1:9"


EXAMPLES = (
    ExampleRequest("two conditions", "smoothie blenders in red"),
    ExampleRequest("a price that nothing has", "smoothie blenders in red, under 5 euros"),
    ExampleRequest("markup", "“</script><script>alert(1)</script>” <b>blender</b>"),
)


def recorded(
    engine: Engine, folder: Path, service: str, examples: Sequence[ExampleRequest] = EXAMPLES
) -> str:
    answers = [engine.ask(AskRequest(query=own.query, k=2)).model_dump(mode="json") for own in examples]
    file = folder / "assistant.html"
    start = "airloom serve --home 'my home'"
    html = ask_page.recorded_page(examples, ask_page.Recording(answers, service, start, "index.html"))
    file.write_text(html, encoding="utf-8")
    return file.as_uri()


def chosen(number: int) -> str:
    return f"document.querySelectorAll('.example')[{number}].click();"


def test_a_recorded_page_needs_no_service(engine: Engine, browser: OfflineBrowser, tmp_path: Path) -> None:
    url = recorded(engine, tmp_path, NOWHERE)
    assert browser.open(url).wrong == []
    shown = browser.open(url, steps=[chosen(0)])
    assert shown.wrong == []
    assert shown.links == ["index.html"]
    for line in ("You asked: smoothie blenders in red", "color: red", "start the service with airloom serve"):
        assert line in shown.text
    another = browser.open(url, steps=[chosen(0), chosen(1)])
    assert "You asked: smoothie blenders in red, under 5 euros" in another.text
    assert "No product on sale meets the price together with" in another.text
    odd = browser.open(url, steps=[chosen(2)])
    assert odd.wrong == []
    assert "You asked: “</script><script>alert(1)</script>” <b>blender</b>" in odd.text


def test_amounts_are_in_the_currency_of_the_shop(
    snapshot: Snapshot, browser: OfflineBrowser, tmp_path: Path
) -> None:
    in_dollars = make_engine(replace(snapshot, currency="USD"), exchange_rates={"EUR": 1.25})
    example = ExampleRequest("a price", "smoothie blender under 20 euros")
    page = browser.open(recorded(in_dollars, tmp_path, NOWHERE, [example]), steps=[chosen(0)])
    assert "up to 25 USD (1 EUR is 1.25 USD)" in page.text


def test_words_are_wishes(engine: Engine, browser: OfflineBrowser, tmp_path: Path) -> None:
    example = ExampleRequest("a wish", "something with green smoothies")
    page = browser.open(recorded(engine, tmp_path, NOWHERE, [example]), steps=[chosen(0)])
    assert page.complaints == []
    assert "if possible:" in page.text


def test_a_recorded_page_says_how_to_start_a_service(
    engine: Engine, browser: OfflineBrowser, tmp_path: Path
) -> None:
    query = "document.getElementById('query')"
    steps = [
        chosen(0),
        asking("a request of my own"),
        f"if ({query}.value !== 'a request of my own') throw new Error({query}.value);",
    ]
    opened = browser.open(recorded(engine, tmp_path, NOWHERE), steps=steps)
    assert f"No service answers at {NOWHERE}. Start one with airloom serve --home 'my home'" in opened.text
    assert "You asked: smoothie blenders in red" in opened.text  # what was shown stays
    assert opened.requests == [f"{NOWHERE}/livez"]


@pytest.mark.parametrize("url", [()], indirect=True, ids=["open"])
@pytest.mark.parametrize(
    ("step", "line"),
    [
        (asking("smoothie blenders without red"), "not red"),
        (clicking(".option"), "under 5 euros → up to 20"),
        (clicking("#understood button[aria-label='Leave out: red']"), "up to 5 EUR"),
    ],
    ids=["typed", "an answer to what is asked back", "a chip"],
)
def test_everything_else_is_asked_where_a_service_runs(
    url: str, engine: Engine, browser: OfflineBrowser, tmp_path: Path, step: str, line: str
) -> None:
    going = step.replace(ANSWERED, "")
    page = recorded(engine, tmp_path, url.removesuffix("/ask"))
    opened = browser.open(page, steps=[chosen(1), f"setTimeout(() => {{ {going} }});", ANSWERED_THERE])
    assert opened.complaints == []
    assert opened.text.count("Understood") == 1
    assert line in opened.text
    assert ("color: red" in opened.text) == (line == "under 5 euros → up to 20")


def test_without_a_release_it_has_no_examples() -> None:
    class NothingServes:
        @property
        def engine(self) -> Engine:
            raise NotReadyError("Nothing serves yet")

    runtime = make_runtime(settings=ON, reloader=NothingServes(), asks_model=False)
    response = request("GET", "/ask", runtime=runtime)
    assert response.status_code == 200
    assert 'class="example"' not in response.text
