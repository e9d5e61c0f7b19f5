"""A store of all stories behind the application, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from logtrace import api
from logtrace.server.app import make_app

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
BASE = "http://localhost:16686"


def apart(asking: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What comes of a coroutine, in a thread of its own: a browser's tests keep a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(asking())).result()


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the logs of all stories."""
    store = tmp_path_factory.mktemp("served") / "stories.db"
    api.ingest([str(folder) for folder in sorted(FIXTURES.glob("*/logs"))], store)
    return store


@pytest.fixture(scope="session")
def client(stories: Path) -> Iterator[TestClient]:
    """Asks the application over the stories."""
    with TestClient(make_app(stories), base_url=BASE, raise_server_exceptions=False) as asking:
        yield asking
