"""Receivers, and a store to push."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.push.receiver import Received, over_grpc, over_http
from tests.jobs.stores import story, take, write


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture(params=["http", "grpc"])
def url(request: pytest.FixtureRequest, received: Received) -> Iterator[str]:
    """A receiver that listens, once for each protocol."""
    with (over_http if request.param == "http" else over_grpc)(received) as address:
        yield address


@pytest.fixture
def http_url(received: Received) -> Iterator[str]:
    with over_http(received) as address:
        yield address


@pytest.fixture
def grpc_url(received: Received) -> Iterator[str]:
    with over_grpc(received) as address:
        yield address


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two traces of two spans each."""
    take(tmp_path / "s.db", write(tmp_path / "edge.log", story()))
    return tmp_path / "s.db"
