"""A Chromium without a network, in which tests open pages: what one asks for, shows and complains about."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from websockets.sync.client import ClientConnection, connect

PROGRAM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECONDS: Final = 30.0
PHONE_WIDTH: Final = 390
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",  # a container's root may start no other
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    # frames of a page are read together with it, as they stay in its process
    "--disable-features=IsolateSandboxedIframes",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)
_FAULTS: Final = """(() => {
  const shown = node => node.checkVisibility();
  const faults = [];
  for (const node of document.querySelectorAll("section, .cards > div, figure, td:only-child, li"))
    if (!node.querySelector("svg, iframe, input, img") && shown(node)) {
      const heading = node.querySelector(":scope > h2");
      const text = node.innerText.trim().slice(heading ? heading.innerText.length : 0).trim();
      if (!text) faults.push(`empty ${node.tagName}: ${node.outerHTML.slice(0, 120)}`);
    }
  for (const node of document.querySelectorAll("svg")) {
    const box = node.getBoundingClientRect();
    if (shown(node) && !(box.width && box.height && node.childElementCount)) faults.push("empty picture");
  }
  for (const node of document.images) if (!node.naturalWidth) faults.push(`no image ${node.src}`);
  for (const node of document.querySelectorAll("table")) {
    if (shown(node) && !node.querySelector("td")) faults.push(`no row: ${node.innerText}`);
  }
  for (const node of document.querySelectorAll('a[href^="#"]')) {
    const name = decodeURIComponent(node.getAttribute("href").slice(1));
    if (name && !name.includes("=") && !document.getElementById(name)) faults.push(`leads nowhere: #${name}`);
  }
  if (document.characterSet !== "UTF-8") faults.push(`read as ${document.characterSet}`);
  if (!document.querySelector("meta[charset], meta[http-equiv=content-type i]")) faults.push("no charset");
  if (!document.body.innerText.trim()) faults.push("no text");
  const markup = document.body.innerText.match(/<\\/?(td|tr|p|div|table|section)\b.{0,40}/);
  if (markup) faults.push(`markup is shown as text: ${markup[0]}`);
  return faults;
})()"""


_UNTIL: Final = """
  const until = async (condition) => {
    for (let waited = 0; !condition(); waited += 20) {
      if (waited > 20000) throw new Error(`not within 20 s: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
"""


@dataclass
class OpenedPage:
    """A page after it has loaded.

    Attributes:
        url: Its address.
        requests: Addresses that it and its frames asked for; itself, `data:` and `blob:` left out.
        complaints: Errors of its scripts, and what its content policy blocked.
        text: What a reader sees, without the frames.
        frames: The text of each frame in it.
        links: The `href` of each link.
        faults: What is empty, broken, or leads nowhere.
        phone_overflow: Pixels by which it is wider than a phone.
    """

    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    text: str = ""
    frames: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    phone_overflow: int = 0

    @property
    def wrong(self) -> list[str]:
        """What no page may do without a network: ask for something, complain, be empty, be too wide."""
        wide = [f"{self.phone_overflow} pixels wider than a phone"] if self.phone_overflow else []
        return [*self.requests, *self.complaints, *self.faults, *wide]


class OfflineBrowser:
    """One browser for many pages; `running_browser` starts it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def open(self, url: str, *, steps: Sequence[str] = ()) -> OpenedPage:
        """Open a page, let it and its frames load, do the steps, and return all about it.

        A step is JavaScript that may await; `until(condition)` waits for a function to return something true.
        A step that leads to another page must have returned before that, as with `setTimeout`.
        """
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = _Tab(self, session)
        try:
            return tab.read(url, steps)
        finally:
            self._call("Target.closeTarget", targetId=target)

    def open_html(self, html: str, folder: Path) -> OpenedPage:
        """Open a document that a function returned, from a file in `folder`."""
        file = folder / "opened.html"
        file.write_text(html, encoding="utf-8")
        return self.open_file(file)

    def open_file(self, file: Path) -> OpenedPage:
        """Open a file as a reader does who clicks on it."""
        return self.open(file.resolve().as_uri())

    def _call(self, method: str, *, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self._events.append(answer)

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(timeout=SECONDS))
        return message

    def take_events(self, session: str) -> list[dict[str, Any]]:
        """Return the events of a tab that have come since, and forget them."""
        events = [event for event in self._events if event.get("sessionId") == session]
        self._events = [event for event in self._events if event.get("sessionId") != session]
        return events


class _Tab:
    """One page that is being opened."""

    def __init__(self, browser: OfflineBrowser, session: str) -> None:
        self._browser, self._session = browser, session
        self._loaded = False
        self._contexts: dict[int, str] = {}

    def read(self, url: str, steps: Sequence[str]) -> OpenedPage:
        page = OpenedPage(url)
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._call(f"{domain}.enable")
        frame = self._call("Page.navigate", url=url)["frameId"]
        self._until(lambda: self._has_loaded(page), what=f"load {url}")
        self._until(lambda: self._settled(page, frame), what=f"fill the frames of {url}")
        for step in steps:
            self._until(partial(self._has_done, step, page, frame), what=f"do {step}")
        main = self._context_of(frame)
        page.text = self._value(main, "document.body.innerText")
        page.frames = [self._frame_text(context) for context in self._frame_contexts(frame)]
        page.links = self._value(main, "[...document.links].map(link => link.getAttribute('href'))")
        page.faults = self._value(main, _FAULTS)
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=PHONE_WIDTH,
            height=844,
            deviceScaleFactor=2,
            mobile=True,
        )
        width = f"document.documentElement.scrollWidth - {PHONE_WIDTH}"
        page.phone_overflow = max(0, self._value(main, width))
        self._note(page)
        return page

    def _note(self, page: OpenedPage) -> None:
        """Read the events that have come: requests, complaints, frames, the end of loading."""
        for event in self._browser.take_events(self._session):
            values = event["params"]
            match event["method"]:
                case "Page.loadEventFired":
                    self._loaded = True
                case "Network.requestWillBeSent":
                    address = values["request"]["url"]
                    if address != page.url and not address.startswith(("data:", "blob:", "about:")):
                        page.requests.append(address)
                case "Log.entryAdded" if values["entry"]["level"] == "error":
                    page.complaints.append(values["entry"]["text"])
                case "Runtime.exceptionThrown":
                    details = values["exceptionDetails"]
                    page.complaints.append(details.get("exception", details).get("description", str(details)))
                case "Runtime.executionContextCreated":
                    context = values["context"]
                    self._contexts[context["id"]] = context["auxData"].get("frameId", "")
                case "Runtime.executionContextDestroyed":
                    self._contexts.pop(values["executionContextId"], None)
                case "Runtime.executionContextsCleared":
                    self._contexts.clear()

    def _has_loaded(self, page: OpenedPage) -> bool:
        self._note(page)
        return self._loaded

    def _settled(self, page: OpenedPage, frame: str) -> bool:
        """Whether the scripts of every frame have written something, and no picture is still to come."""
        self._note(page)
        frames = self._value(self._context_of(frame), "document.querySelectorAll('iframe').length")
        contexts = self._frame_contexts(frame)
        return len(contexts) >= frames and all(self._frame_text(context).strip() for context in contexts)

    def _has_done(self, step: str, page: OpenedPage, frame: str) -> bool:
        """Do a step; False if a step before it has led to another page meanwhile: then it is done there."""
        self._note(page)
        context = next((context for context, name in self._contexts.items() if name == frame), None)
        if context is None:
            return False
        try:
            self._value(context, f"(async () => {{ {_UNTIL} {step} }})()")
        except AssertionError as error:
            if not any(gone in str(error) for gone in ("navigated", "Cannot find context")):
                raise
            return False
        return True

    def _frame_contexts(self, main: str) -> list[int]:
        return [context for context, frame in self._contexts.items() if frame != main]

    def _context_of(self, frame: str) -> int:
        return next(context for context, name in self._contexts.items() if name == frame)

    def _frame_text(self, context: int) -> str:
        text: str = self._value(context, "document.body ? document.body.innerText : ''")
        return text

    def _value(self, context: int, expression: str) -> Any:
        answer = self._call(
            "Runtime.evaluate",
            expression=expression,
            contextId=context,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser._call(method, session=self._session, **parameters)

    def _until(self, ready: Callable[[], object], *, what: str) -> None:
        until = time.monotonic() + SECONDS
        while not ready():
            assert time.monotonic() < until, f"the browser did not {what}"
            self._call("Runtime.evaluate", expression="0")  # lets the next events in
            time.sleep(0.02)


@contextmanager
def running_browser(folder: Path) -> Iterator[OfflineBrowser]:
    """Yield a browser with an empty profile in `folder`; skips the test where none is installed."""
    if PROGRAM is None:
        pytest.skip("chromium is not installed, this test opens the reports in it")
    process = subprocess.Popen(
        [PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect(_address(folder, process), max_size=None, open_timeout=SECONDS) as socket:
            yield OfflineBrowser(socket)
            socket.send(json.dumps({"id": 0, "method": "Browser.close"}))
        process.wait(SECONDS)
    finally:
        process.kill()
        process.wait()


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """Return where the browser takes commands, which it writes into its profile."""
    file = folder / "DevToolsActivePort"
    until = time.monotonic() + SECONDS
    while True:
        lines = file.read_text(encoding="utf-8").split() if file.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        assert process.poll() is None, "chromium ended at once"
        assert time.monotonic() < until, "chromium did not start"
        time.sleep(0.02)
