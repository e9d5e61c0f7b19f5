"""From log lines to what is different: one line of a request is changed, and that is what compare names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logtrace import api
from tests.jobs.stores import line, write

GOOD, BAD = "1" * 31 + "c", "2" * 31 + "c"
REQUEST: dict[str, dict[str, Any]] = {
    "POST": {"at": 0, "ms": 400},
    "Check": {"at": 5, "ms": 20, "parent": "POST", "rules": 7},
    "Insert": {"at": 30, "ms": 60, "parent": "POST", "table": "tasks"},
    "Queue": {"at": 100, "ms": 30, "parent": "POST", "queue": "high"},
    "Notify": {"at": 140, "ms": 200, "parent": "POST"},
    "Select": {"at": 145, "ms": 20, "parent": "Notify"},
    "Send": {"at": 170, "ms": 150, "parent": "Notify"},
}
"""Operation → when it began and how long it took in milliseconds, its parent, attributes."""


def lines(trace: str, request: dict[str, dict[str, Any]], begins: float) -> list[str]:
    ids = {name: f"{trace[0]}{number:015x}" for number, name in enumerate([*REQUEST, "New"])}
    return [
        line(
            trace, ids[name], begins + told["at"] + told["ms"], "done", event="span_end", operation=name, duration_ms=told["ms"],
            **({"parent_span_id": ids[told["parent"]]} if "parent" in told else {}),
            **{key: value for key, value in told.items() if key not in ("at", "ms", "parent")},
        )
        for name, told in request.items()
    ]  # fmt: skip


def without(name: str) -> dict[str, dict[str, Any]]:
    return {known: told for known, told in REQUEST.items() if known != name}


def changed(name: str, **more: Any) -> dict[str, dict[str, Any]]:
    return {**REQUEST, name: {**REQUEST.get(name, {}), **more}}


CHANGES = {
    "removed": (without("Select"), [("removed", "Select")]),
    "added": (changed("New", at=101, ms=5, parent="Queue"), [("added", "New")]),
    "moved": (changed("Select", parent="POST"), [("moved", "Select")]),
    "slower": (changed("Insert", ms=350), [("slower", "Insert")]),
    "failed": (changed("Send", error="broken pipe"), [("failed", "Send")]),
    "attribute": (changed("Queue", queue="low"), [("attributes", "Queue")]),
    "nothing": (REQUEST, []),
}


def comparison(tmp_path: Path, bad: dict[str, dict[str, Any]]):
    logs = write(tmp_path / "a.log", [*lines(GOOD, REQUEST, 0), *lines(BAD, bad, 5_000)])
    api.ingest([str(logs)], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        return store.compare(store.trace(BAD), store.trace(GOOD)), store.compare(store.trace(BAD))


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_named_and_nothing_else(name: str, tmp_path: Path):
    bad, expected = CHANGES[name]
    told, alone = comparison(tmp_path, bad)
    assert [(change.kind, change.node.span.name) for change in told.comparison.changes] == expected
    assert told.similar is None
    assert alone.comparison.a.trace_id == GOOD
    assert alone.similar is not None and alone.similar.known == 1
    assert alone.comparison.changes == told.comparison.changes


def test_two_that_changed_places(tmp_path: Path):
    told, _ = comparison(tmp_path, {**changed("Check", at=70, ms=20), "Insert": {**REQUEST["Insert"], "at": 2}})
    ((kind, node, _),) = told.comparison.changes
    assert kind == "reordered"
    assert node.span.name in ("Check", "Insert")


def test_a_slow_request_is_compared_with_one_that_took_what_such_requests_take(tmp_path: Path):
    slow = changed("Insert", ms=5_000)
    requests = {f"{n}" + "e" * 31: slow if n in (4, 6) else changed("Insert", ms=60 + n) for n in range(3, 9)}
    logs = [text for n, (trace, request) in enumerate(requests.items()) for text in lines(trace, request, 10_000 * n)]
    api.ingest([str(write(tmp_path / "a.log", logs))], tmp_path / "s.db")
    with api.open(tmp_path / "s.db") as store:
        told = store.compare(store.trace("4eeeeeee"))
        assert told.comparison.a.trace_id[0] in "3578"
        assert told.comparison.first is not None
        assert (told.comparison.first.kind, told.comparison.first.node.span.name) == ("slower", "Insert")
        assert store.similar(store.trace("4eeeeeee")).matches[0].summary.trace_id[0] == "6"
