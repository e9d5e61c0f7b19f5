"""Log text is text: payloads in every field of a line run nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from logtrace import api
from tests.page.conftest import Open, serving

pytestmark = pytest.mark.slow

PAYLOADS = (
    "<script>window.fired=1</script>",
    "<img src=x onerror=window.fired=1>",
    '"><svg onload=window.fired=1>',
    "'-(window.fired=1)-'",
    "</script><script>window.fired=1</script>",
    "javascript:window.fired=1",
    "{{constructor.constructor('window.fired=1')()}}",
    "${window.fired=1}",
    "<iframe srcdoc='<script>parent.fired=1</script>'>",
    "\u202e<a href=javascript:window.fired=1>x</a>\u0000\x1b[31m",
    "__proto__",
)


READY = {"search": ".bar-of-results, .note", "errors": ".groups", "services": ".plain", "stats": ".stats", "cohorts": ".facts"}
"""What is there once the answer is."""


SIDES = [quote(f"operation = '{payload}'", safe="") for payload in PAYLOADS[:2]]
COHORTS = f"cohorts?before={SIDES[0]}&after={SIDES[1]}"


def line(payload: str, number: int, *, error: bool) -> str:
    fields = {
        "trace_id": payload, "span_id": f"{payload}{number}", "service": payload, "operation": payload, "msg": payload,
        "time": f"2024-01-10T14:30:0{number % 10}Z", "duration_ms": 5, payload: payload, "kind": payload, "level": "error",
    }  # fmt: skip
    if number:
        fields["parent_span_id"] = f"{payload}0"
    if error:
        fields |= {"error": payload, "error.type": payload}
    return json.dumps(fields) + "\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untrusted")
    log = folder / "<img src=x onerror=window.fired=1>.log"
    log.write_text("".join(line(p, number, error=number == 1) for p in PAYLOADS for number in range(2)))
    api.ingest([str(log)], folder / "s.db")
    return folder / "s.db"


def test_no_payload_fires(store: Path, open_page: Open):
    with api.open(store) as opened:
        ids = [summary.trace_id for summary in opened.traces(limit=None)]
    assert len(ids) == len(PAYLOADS)
    with serving(store) as address:
        page = open_page(address, forgiven="400 (Bad Request)")  # payloads are no expressions
        for view in (
            "search",
            "errors",
            "services",
            "stats",
            COHORTS,
            *(f"search?service={at}&q={at}" for at in map(_quoted, PAYLOADS[:3])),
        ):
            page.goto(f"{address}{view}")
            page.locator(READY[view.partition("?")[0]]).first.wait_for()
            _require_calm(page)
        for trace_id in ids:
            page.goto(f"{address}trace/{_quoted(trace_id)}")
            for row in page.locator(".row:visible").all():
                row.click()
                page.locator(".detail .lines summary").first.click()
            for tab, shown in (("Log lines", ".page .lines"), ("Errors", ".page h2"), ("Numbers", ".page table")):
                page.get_by_role("tab", name=tab).click()
                page.locator(shown).first.wait_for()
            _require_calm(page)
        page.close()  # before the server: the page would ask on


def _quoted(text: str) -> str:
    return quote(text, safe="")


def test_what_cannot_be_seen_is_escaped_in_a_file_too(store: Path, tmp_path: Path, open_page: Open):
    with api.open(store) as opened:
        trace = next(t for each in opened.traces(limit=None) if "\u202e" in (t := opened.trace(each.trace_id)).spans[0].service)
        (tmp_path / "a.html").write_bytes(opened.export(trace, "html"))
    page = open_page((tmp_path / "a.html").as_uri())
    page.locator(".row").first.click()
    page.locator(".detail .lines summary").first.click()
    assert r"\u202e<a" in page.locator(".detail").inner_text()
    _require_calm(page)


def test_how_it_is_escaped(stories: str, open_page: Open):
    page = open_page(stories)
    asked = "a\u202eb\u2066c\u200b\x1b\x00\u2028\ud800|\n\t|é ü \u05d0\u0627|👩🏽\u200d💻 ❤\ufe0f\u200d🔥|a\u200db"
    told = r"a\u202eb\u2066c\u200b\x1b\x00\u2028\ud800|" + "\n\t|é ü \u05d0\u0627|👩🏽\u200d💻 ❤\ufe0f\u200d🔥|" + r"a\u200db"
    found = page.evaluate("async (t) => (await import('./static/visible.js')).visible(JSON.parse(t))", json.dumps(asked))
    assert found == told


def _require_calm(page: Any) -> None:
    assert page.evaluate("window.fired") is None
    shown = (
        "document.title + document.body.innerText + [...document.querySelectorAll('[title]')].map((each) => each.title).join('')"
    )
    assert not any(mark in page.evaluate(shown) for mark in "\u202e\x1b\x00")
    assert page.locator("main script, main img, main iframe, main svg[onload], main a[href^=javascript]").count() == 0
