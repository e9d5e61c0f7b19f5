"""The page in a browser: from a search to a link that somebody else opens."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from logtrace import api
from tests.page.conftest import Open, serving

pytestmark = pytest.mark.slow

FAILED = "98f13708210194c475687be6106a3b84"
SHARED = "7a3c0e5d9b1f42688e0d4c6b2a981f35"
WIDTHS = [1360, 390]


def selected(page: Any) -> str:
    return str(page.locator('.row[aria-selected="true"] .op').first.inner_text())


def test_from_a_search_to_a_link(stories: str, open_page: Open):
    page = open_page(stories)
    page.get_by_label("Outcome").select_option("span")
    page.get_by_label("A log line says").fill("Rate exceeded")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("link", name="POST /api/v1/tasks").first.click()

    page.locator(".row", has_text="PublishToQueue").click()
    page.get_by_role("heading", name="edge-mcp: PublishToQueue").wait_for()
    assert "messaging.system" in page.locator(".detail").inner_text()
    page.locator(".detail .lines summary").first.click()
    assert "aws_sqs" in page.locator(".detail .lines pre").first.inner_text()

    page.keyboard.press("e")
    assert selected(page) == "POST /api/v1/tasks"
    page.keyboard.press("e")
    assert selected(page) == "ProcessTask"
    page.keyboard.press("Shift+E")
    page.keyboard.press("Shift+E")  # before the first comes the last
    assert selected(page) == "CallBedrock"
    page.get_by_role("heading", name="worker: CallBedrock").wait_for()

    address = page.url
    other = open_page(address)
    other.get_by_role("heading", name="worker: CallBedrock").wait_for()
    assert selected(other) == "CallBedrock"

    page.get_by_role("link", name="Compare with a healthy one").click()
    page.get_by_role("row", name=re.compile("CallBedrock")).first.wait_for()
    assert "answer to one another" in page.locator("main").inner_text()


def test_all_that_a_search_asks_and_what_is_picked_is_in_the_address(stories: str, open_page: Open):
    page = open_page(f"{stories}search?sort=slowest")
    told = {"Spans, at least": "9", "At most": "12", "On a page": "3", "Span at least": "1ms", "Trace at least": "2ms"}
    for label, text in told.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Search", exact=True).click()
    for name in ("min_spans=9", "max_spans=12", "limit=3", "min_ns=1ms", "min_trace_ns=2ms", "sort=slowest"):
        page.wait_for_function("(part) => location.search.includes(part)", arg=name)
    page.locator(".list tbody tr").first.wait_for()
    spans = [int(cell.inner_text()) for cell in page.locator(".list tbody td.count").all()[::2]]
    assert len(spans) == 3
    assert all(9 <= many <= 12 for many in spans)
    for number in (0, 2):
        page.locator(".list input[type=checkbox]").nth(number).check()
    again = open_page(page.url)
    again.locator(".list tbody tr").first.wait_for()
    assert [again.get_by_label(label, exact=True).input_value() for label in told] == list(told.values())
    assert [box.is_checked() for box in again.locator(".list input[type=checkbox]").all()] == [True, False, True]
    again.get_by_role("button", name="Compare two").click()
    again.locator(".both tbody tr").first.wait_for()


def test_long_lists_go_on(open_page: Open, tmp_path: Path):
    line = {"service": "a", "trace_id": "ab" * 16, "span_id": "cd" * 8, "time": "2024-01-10T14:30:00Z"}
    (tmp_path / "a.log").write_text("".join(json.dumps({**line, "msg": f"said {number}"}) + "\n" for number in range(1_100)))
    api.ingest([str(tmp_path / "a.log")], tmp_path / "s.db")
    with serving(tmp_path / "s.db") as address:
        page = open_page(f"{address}trace/{'ab' * 16}?span={'cd' * 8}")
        page.locator(".detail .rest").click()
        page.get_by_text("said 1099", exact=True).wait_for()
        assert page.locator(".detail .lines li").count() == 1_100
        assert page.locator(".detail .rest").count() == 0
        page.close()


def test_folding_finding_and_zooming_are_in_the_address(stories: str, open_page: Open):
    page = open_page(f"{stories}trace/{FAILED}")
    page.locator(".row", has_text="ProcessTask").locator(".fold").click()
    assert page.locator(".row:visible").count() == 4
    assert "+8, 6 ✕" in page.locator(".row", has_text="ProcessTask").inner_text()
    page.keyboard.press("Control+b")
    page.keyboard.type("task.type=code_analysis")
    page.locator(".count", has_text="1").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    assert re.search(r"\bfold=3\b", page.url)
    assert "zoom=" in page.url
    again = open_page(page.url)
    again.locator(".row", has_text="ProcessTask").wait_for()
    assert again.locator(".row:visible").count() == 4
    again.keyboard.press("[")
    assert again.locator(".row:visible").count() == 12


def test_the_tree_is_for_keyboards(stories: str, open_page: Open):
    page = open_page(f"{stories}trace/{FAILED}")
    tree = page.get_by_role("treegrid")
    tree.focus()
    for key in ("Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    row = page.locator(f"#{tree.get_attribute('aria-activedescendant')}")
    assert "ProcessTask" in row.inner_text()
    assert row.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert selected(page) == "FetchFromQueue"


def test_tabs_errors_and_services(stories: str, open_page: Open):
    page = open_page(f"{stories}trace/{FAILED}")
    page.get_by_role("tab", name="Errors").click()
    page.get_by_text("It began here").wait_for()
    assert "4 of 4 attempts failed" in page.locator(".page").inner_text()
    page.get_by_role("tab", name="Log lines").click()
    page.locator(".page .lines li").first.wait_for()
    page.get_by_role("tab", name="Numbers").click()
    assert "CallBedrock" in page.locator(".page").inner_text()
    page.get_by_role("link", name="Errors", exact=True).click()
    page.get_by_role("heading", name="Errors by kind").wait_for()
    page.locator(".groups tbody tr").first.wait_for()
    page.get_by_role("link", name="Services").click()
    page.locator(".graph svg").wait_for()
    page.get_by_role("link", name="worker").click()
    page.locator(".list tbody tr").first.wait_for()


def test_statistics_of_all_then_of_one_operation_over_time(stories: str, open_page: Open):
    page = open_page(f"{stories}stats?since=2024-01-11T13:00Z")
    page.locator(".heat canvas").wait_for()
    page.get_by_role("link", name="p99", exact=True).click()
    page.locator(".stats tbody tr").first.wait_for()
    assert "sort=p99_ns" in page.url
    assert "ProcessTask" in page.locator(".stats tbody tr").first.inner_text()  # the longest, though no time is its own
    page.get_by_role("link", name="worker: LoadContext").click()
    page.get_by_role("heading", name="Duration over time").wait_for()
    assert "p50" in page.locator(".steps a").last.get_attribute("title")
    page.get_by_label("Over time").fill("context.size_bytes")
    page.get_by_label("A row for each").fill("cache.hit")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("heading", name="context.size_bytes over time").wait_for()
    assert [row.inner_text().split("\t")[1] for row in page.locator(".stats tbody tr").all()] == ["false", "true"]
    again = open_page(page.url)
    again.get_by_role("heading", name="context.size_bytes over time").wait_for()
    again.locator(".stats tbody tr").first.get_by_role("link").nth(1).click()  # the spans of a row are a search
    again.locator(".list tbody tr").first.wait_for()


def test_many_requests_beside_many(stories: str, open_page: Open):
    page = open_page(f"{stories}compare")
    page.get_by_role("link", name="Many requests").click()
    page.get_by_label("How long ago").fill("1h")
    page.get_by_role("button", name="Compare", exact=True).click()
    first = page.locator(".told li").first
    first.wait_for()
    assert "LoadContext takes 15 times as long" in first.inner_text()
    assert "its context.embeddings_count grew 50×" in first.inner_text()
    page.get_by_label("What beside what").select_option("sides")
    page.get_by_label("These", exact=True).fill("memory.gc_runs > 0")
    page.get_by_label("Beside these").fill("memory.gc_runs = 0")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator(".told li").first.wait_for()
    other = open_page(page.url)
    other.locator(".told li").first.wait_for()
    assert other.get_by_label("Beside these").input_value() == "memory.gc_runs = 0"


def test_a_wrong_expression_is_told(stories: str, browser: Any):
    page = browser.new_page()
    page.goto(f"{stories}search?q=error+and")
    page.get_by_role("alert").wait_for()
    assert "the expression ends where" in page.get_by_role("alert").inner_text()
    page.close()


@pytest.mark.parametrize("written", ["%E0%A4%A", "nosuch"])
def test_an_id_that_nobody_has_is_told(stories: str, open_page: Open, written: str):
    page = open_page(f"{stories}trace/{written}", forgiven="Failed to load resource")
    page.get_by_role("alert").wait_for()
    assert written in page.get_by_role("alert").inner_text()


LEAK = "since=2024-01-11T13:00Z&service=worker&operation=LoadContext"
VIEWS = ["search", f"trace/{FAILED}", f"trace/{FAILED}?tab=errors", f"trace/{FAILED}?tab=logs", f"trace/{FAILED}?tab=numbers",
         "errors", "services", "compare?bad=b7d9e1a25c3f48e6", "stats?since=2024-01-10", f"stats?{LEAK}&of=context.size_bytes",
         "cohorts?ago=1h&window=10m", "cohorts?way=sides"]  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_keeps_anybody_out(stories: str, open_page: Open, view: str):
    """By axe-core, in both themes; and nothing hangs over the side, on a wide screen and on a narrow one."""
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(f"{stories}{view}", reduced_motion="reduce")  # axe looks at colours, which are on their way else
    page.wait_for_load_state("networkidle")
    if view == f"trace/{FAILED}":
        page.locator(".row", has_text="ExecuteTask").click()
        page.locator(".detail header").wait_for()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.locator(f':root[data-theme="{theme}"]').wait_for(state="attached")
        assert serious(Axe().run(page).response["violations"]) == [], theme
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def serious(violations: list[Any]) -> list[Any]:
    return [
        (each["id"], each["impact"], [node["html"][:120] for node in each["nodes"]][:3])
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]
