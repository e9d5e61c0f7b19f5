"""A real browser before a real server. Without a browser these tests are not run, and with CI=true that is a failure."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logtrace import api

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
FIXTURES = Path(__file__).parent.parent.parent / "fixtures"


@contextmanager
def serving(store: Path) -> Iterator[str]:
    """The address of a server over a store, in a thread."""
    import uvicorn

    from logtrace.server.app import make_app
    from logtrace.server.run import listening

    with listening("127.0.0.1", 0) as taken:
        server = uvicorn.Server(uvicorn.Config(make_app(store), log_level="error", lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{taken.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        told = "not run: there is no Chromium. On Debian: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(told)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over all stories."""
    store = tmp_path_factory.mktemp("page") / "stories.db"
    many = FIXTURES / "leaking-cache" / "worker.log"
    api.ingest([*(str(folder) for folder in sorted(FIXTURES.glob("*/logs"))), str(many)], store)
    with serving(store) as address:
        yield address


Open = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens an address in a page of its own; no script of it may fail, and none that it has not may run."""
    contexts, troubles = [], []

    def opened(address: str, forgiven: str = "nothing", **look: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1360, "height": 820}, **look})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda told: troubles.append(told.text) if told.type == "error" and forgiven not in told.text else None
        )
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
