"""Each story in fixtures/ is read by the real program and comes out as its hand-checked truth says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent.parent / "fixtures"
STORIES = sorted(path.parent.name for path in FIXTURES.glob("*/truth.json"))
OBSERVED = {"explicit", "root"}


@dataclass(frozen=True)
class Story:
    """A story's truth beside what logtrace made of its logs."""

    name: str
    truth: dict[str, Any]
    summary: dict[str, Any]
    store: Path
    spans: dict[tuple[str, str], sqlite3.Row]

    def pairs(self):
        """(span of the truth, the row of the view that answers to it)"""
        return [(span, self.spans[span["trace_id"], span["span_id"]]) for span in self.truth["spans"]]


@pytest.fixture(scope="module", params=STORIES)
def story(request: pytest.FixtureRequest, logtrace: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = FIXTURES / request.param
    store = tmp_path_factory.mktemp(request.param) / "store.db"
    summary = json.loads(logtrace("ingest", folder / "logs", "--store", store, "--json").stdout)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return Story(request.param, truth, summary, store, _spans(store))


def _spans(store: Path) -> dict[tuple[str, str], sqlite3.Row]:
    with closing(sqlite3.connect(store)) as db:
        db.row_factory = sqlite3.Row
        return {(row["trace_id"], row["span_id"]): row for row in db.execute("SELECT * FROM spans")}


def test_the_stories_are_there():
    assert STORIES == [
        "anatomy",
        "dirty",
        "growing-context",
        "lost-websocket-message",
        "other-kinds",
        "slow-create-task",
        "throttled-task",
    ]
    assert all((FIXTURES / name / "about.md").is_file() for name in STORIES)


def test_every_span_and_no_other(story: Story):
    assert set(story.spans) == {(span["trace_id"], span["span_id"]) for span in story.truth["spans"]}


def test_parents(story: Story):
    found = {(s["operation"], s["span_id"]): row["parent_span_id"] for s, row in story.pairs()}
    assert found == {(s["operation"], s["span_id"]): s["parent_span_id"] for s, _ in story.pairs()}


def test_inferred_parents_are_marked(story: Story):
    children = [(span, row) for span, row in story.pairs() if span["parent_span_id"]]
    inferred = {span["span_id"] for span, row in children if row["parent_source"] not in OBSERVED}
    assert inferred == {span["span_id"] for span, _ in children if span["parent_inferred"]}


def test_names(story: Story):
    found = [(row["service"], row["operation"]) for _, row in story.pairs()]
    assert found == [(span["service"], span["operation"]) for span, _ in story.pairs()]


def test_times(story: Story):
    precision = story.truth["precision_ns"]
    for span, row in story.pairs():
        for key in ("start_ns", "duration_ns"):
            if span[key] is None:
                assert row[key] is None, (span["operation"], key, row[key])
                continue
            assert row[key] is not None and abs(row[key] - span[key]) < precision, (span["operation"], key, row[key], span[key])


def test_errors(story: Story):
    found = {span["span_id"] for span, row in story.pairs() if row["error"]}
    assert found == {span["span_id"] for span, _ in story.pairs() if span["error"]}


def test_attributes(story: Story):
    for span, row in story.pairs():
        attributes = json.loads(row["attributes"])
        assert {key: attributes.get(key) for key in span["attributes"]} == span["attributes"], span["operation"]


def test_every_line_is_accounted_for(story: Story):
    account = story.truth["account"]
    assert {key: story.summary[key] for key in account} == account
    parts = ("lines_used", "lines_without_trace", "lines_rejected")
    assert account["lines_read"] == sum(account[part] for part in parts)


def test_a_second_ingest_changes_nothing(story: Story, logtrace: Callable[..., Any]):
    again = json.loads(logtrace("ingest", FIXTURES / story.name / "logs", "--store", story.store, "--json").stdout)
    assert again["lines_read"] == 0
    assert _spans(story.store) == story.spans


def test_show_tells_the_same_as_the_store(story: Story, logtrace: Callable[..., Any]):
    trace_id = story.truth["spans"][0]["trace_id"]
    shown = json.loads(logtrace("show", trace_id, "--store", story.store, "--json").stdout)["spans"]
    keys = ("parent_span_id", "service", "operation", "start_ns", "duration_ns")
    assert {span["span_id"]: tuple(span[key] for key in keys) for span in shown} == {
        span_id: tuple(row[key] for key in keys) for (trace, span_id), row in story.spans.items() if trace == trace_id
    }


def test_show_reads_the_files_without_a_store(story: Story, logtrace: Callable[..., Any]):
    trace_id = story.truth["spans"][0]["trace_id"]
    shown = json.loads(logtrace("show", trace_id, FIXTURES / story.name / "logs", "--json").stdout)["spans"]
    expected = {span["span_id"]: span["parent_span_id"] for span in story.truth["spans"] if span["trace_id"] == trace_id}
    assert {span["span_id"]: span["parent_span_id"] for span in shown} == expected
