from __future__ import annotations

from pathlib import Path

from tests.offline_browser import OfflineBrowser

BROKEN = """<!doctype html><html><head><meta charset="utf-8"></head><body style="width:900px">
<section><h2>Rules</h2></section>
<table><tr><th>rule</th></tr></table>
<a href="#gone">rules</a>
<img src="https://example.org/logo.png">
<iframe srcdoc="<script src='https://example.org/a.js'></script><p>framed 猫 🐈</p>"></iframe>
<script>undefined_function()</script></body></html>"""


def test_what_is_wrong_with_a_page_is_seen(browser: OfflineBrowser, tmp_path: Path) -> None:
    file = tmp_path / "broken.html"
    file.write_text(BROKEN, encoding="utf-8")

    page = browser.open_file(file)

    assert sorted(page.requests) == ["https://example.org/a.js", "https://example.org/logo.png"]
    assert any("undefined_function" in complaint for complaint in page.complaints)
    faults = " ".join(page.faults)
    for fault in ("empty SECTION", "no row: rule", "leads nowhere: #gone", "no image https://example.org"):
        assert fault in faults
    assert page.frames == ["framed 猫 🐈"]
    assert page.links == ["#gone"]
    assert page.phone_overflow > 0


def test_nothing_is_wrong_with_a_plain_page(browser: OfflineBrowser, tmp_path: Path) -> None:
    file = tmp_path / "plain.html"
    head = "<!doctype html><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    file.write_text(f"{head}<p>One sentence.</p>", encoding="utf-8")

    page = browser.open_file(file)

    assert page.requests == page.complaints == page.faults == page.frames == page.links == []
    assert (page.text, page.phone_overflow) == ("One sentence.", 0)
