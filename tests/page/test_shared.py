"""The single file, opened from disk, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from logtrace import api
from tests.page.conftest import FIXTURES, Open

pytestmark = pytest.mark.slow

FAILED = "98f13708"


def test_the_same_waterfall_from_disk(tmp_path: Path, open_page: Open):
    store = tmp_path / "s.db"
    api.ingest([str(FIXTURES / "throttled-task" / "logs")], store)
    with api.open(store) as opened:
        (tmp_path / "incident.html").write_bytes(opened.export(opened.trace(FAILED), "html"))
    page = open_page((tmp_path / "incident.html").as_uri())
    page.locator(".row", has_text="ExecuteTask").click()
    page.get_by_role("heading", name="worker: ExecuteTask").wait_for()
    assert "ThrottlingException" in page.locator(".detail").inner_text()
    assert page.locator(".detail .lines li").count() == 1
    page.keyboard.press("e")
    page.get_by_role("tab", name="Errors").click()
    page.get_by_text("It began here").wait_for()
    page.get_by_role("tab", name="Log lines").click()
    page.locator(".page .lines li").first.wait_for()
    page.get_by_role("tab", name="Timeline").click()
    page.get_by_label("Find spans").fill("claude-3-opus")
    page.locator(".count", has_text="4").wait_for()
    assert page.get_by_role("link", name="Compare").count() == 0
