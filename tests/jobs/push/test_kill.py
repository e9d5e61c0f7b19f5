"""A kill leaves nothing out, and sends nothing twice but what was under way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import make_logs
import pytest

from logtrace import api
from logtrace.jobs.push.session import How
from tests.jobs.push.killing import push_through
from tests.jobs.push.receiver import Received

BATCH = 60


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 1,700 spans."""
    folder = tmp_path_factory.mktemp("many")
    make_logs.write_logs(folder / "logs", 4_000, 7, make_logs.tell_even)
    api.ingest([str(folder / "logs")], folder / "s.db")
    return folder / "s.db"


def ids_of(store: Path) -> set[tuple[str, str]]:
    connection = sqlite3.connect(store)
    try:
        return set(connection.execute("SELECT trace_id, span_id FROM spans"))
    finally:
        connection.close()


@pytest.mark.slow
def test_each_span_arrives_once_by_id_across_kills(many: Path, url: str, received: Received):
    wanted = ids_of(many)
    done = push_through(many, url, received, batch=BATCH, kills=3, each=6, seed=11)
    assert done.kills == 3
    assert set(received.ids) == wanted and len(wanted) > 1_500
    assert all(len(set(found)) == 1 for found in received.spans.values())  # what came twice was the very same
    assert done.redelivered == received.unanswered > 0
    assert api.push(url, many, how=How(batch=BATCH)).sent == 0
